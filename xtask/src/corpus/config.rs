//! Configuration and credentials, with the long texts that config maps carry in practice.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::app::{App, Fault};
use super::random::Random;

/// The config map the pods mount, and the Secret they read unless it comes from a vault.
pub(super) fn objects(app: &App, from_vault: bool, random: &mut Random) -> Vec<Value> {
    let name = format!("{}-config", app.name);
    let data = match random.below(5) {
        0 => json!({"nginx.conf": nginx(app, random), "mime.types": "text/html html;\n"}),
        1 => json!({"application.properties": properties(app, random)}),
        2 => json!({"config.yaml": nested_yaml(app, random)}),
        3 => json!({"run.sh": script(app), "LOG_FORMAT": "json"}),
        _ => variables(app, random),
    };
    let mut objects = vec![app.object("v1", "ConfigMap", &name, json!({"data": data}))];
    if !from_vault {
        objects.push(secret(app, random));
    }
    objects
}

/// A Grafana dashboard as JSON in a config map: the long tail of document sizes.
pub(super) fn dashboard(app: &App, random: &mut Random) -> Value {
    let panels: Vec<Value> = (0..random.between(4, 24))
        .map(|id| {
            let metric = random.pick(&["http_requests_total", "errors_total", "queue_depth"]);
            let query = format!("sum(rate({metric}{{job=\"{}\"}}[5m])) by (pod)", app.name);
            json!({
                "id": id,
                "title": format!("{metric} {id}"),
                "type": "timeseries",
                "gridPos": {"x": id % 2 * 12, "y": id / 2 * 8, "w": 12, "h": 8},
                "targets": [{"expr": query, "legendFormat": "{{pod}}", "refId": "A"}],
            })
        })
        .collect();
    let dashboard = json!({"title": app.name, "schemaVersion": 38, "panels": panels});
    let text = format!("{dashboard:#}\n");
    let name = format!("{}-dashboard", app.name);
    let mut object = app.object(
        "v1",
        "ConfigMap",
        &name,
        json!({"data": {"dashboard.json": text}}),
    );
    object["metadata"]["labels"]["grafana_dashboard"] = json!("1");
    object
}

fn secret(app: &App, random: &mut Random) -> Value {
    let name = format!("{}-credentials", app.name);
    let body = if random.chance(60) {
        // Base64 of a text that is itself of the alphabet: only the padding is left to add.
        json!({"type": "Opaque", "data": {"username": "YXBw", "password": random.token(24)}})
    } else {
        json!({"type": "Opaque", "stringData": {"username": "app", "password": random.token(20)}})
    };
    app.object("v1", "Secret", &name, body)
}

fn variables(app: &App, random: &mut Random) -> Value {
    let mut data = json!({
        "DB_HOST": format!("db.{}.svc.cluster.local", app.namespace),
        "DB_PORT": "5432",
        "CACHE_TTL": "300",
        "ENABLE_TRACING": "false",
        "REGION": random.pick(&["eu-west-1", "us-east-1", "ap-south-1"]),
        "ALLOWED_ORIGINS": "https://www.example.com,https://app.example.com",
    });
    if app.has(Fault::ConfigCredentials) {
        data["DB_PASSWORD"] = json!(random.token(14));
        // Drawn at run time so that secret scanners leave this file alone.
        let key = random.text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16);
        data["AWS_ACCESS_KEY_ID"] = json!(format!("AKIA{key}"));
        data["AWS_SECRET_ACCESS_KEY"] = json!(random.token(40));
    }
    data
}

fn nginx(app: &App, random: &mut Random) -> String {
    let mut text = String::from(
        "worker_processes auto;\nevents {\n  worker_connections 1024;\n}\n\nhttp {\n  \
         include /etc/nginx/mime.types;\n  sendfile on;\n  server_tokens off;\n\n",
    );
    let mut add = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    add(format!(
        "  upstream {} {{\n    server 127.0.0.1:{};\n  }}\n",
        app.name, app.port
    ));
    add(format!(
        "  server {{\n    listen {};\n    root /usr/share/nginx/html;",
        app.port
    ));
    for location in 0..random.between(3, 40) {
        add(format!("    location /v{location}/ {{"));
        add(format!("      proxy_pass http://{};", app.name));
        add("      proxy_set_header Host $host;".to_owned());
        add("      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;".to_owned());
        if location == 1 && app.has(Fault::ConfigCredentials) {
            add(format!(
                "      proxy_set_header Authorization \"Bearer {}\";",
                random.token(32)
            ));
        }
        add("    }\n".to_owned());
    }
    text.push_str("  }\n}\n");
    text
}

fn properties(app: &App, random: &mut Random) -> String {
    let mut text = format!(
        "server.port={}\nspring.application.name={}\nspring.datasource.username=app\n",
        app.port, app.name
    );
    let mut add = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    add(format!(
        "spring.datasource.url=jdbc:postgresql://db.{}.svc:5432/app",
        app.namespace
    ));
    if app.has(Fault::ConfigCredentials) {
        add(format!("spring.datasource.password={}", random.token(16)));
    } else {
        add("spring.datasource.password=${DB_PASSWORD}".to_owned());
    }
    for setting in 0..random.between(8, 60) {
        let area = random.pick(&["cache", "client", "queue", "retry", "pool"]);
        add(format!(
            "app.{area}.{setting}.timeout={}ms",
            random.between(1, 90) * 100
        ));
    }
    text
}

fn nested_yaml(app: &App, random: &mut Random) -> String {
    let mut text = format!("server:\n  port: {}\nclients:\n", app.port);
    for client in 0..random.between(3, 25) {
        let seconds = random.between(1, 30);
        write!(
            text,
            "  - name: client-{client}\n    url: https://c{client}.example.com\n"
        )
        .and_then(|()| writeln!(text, "    timeout: {seconds}s"))
        .expect("a String takes every write");
    }
    if app.has(Fault::ConfigCredentials) {
        write!(
            text,
            "smtp:\n  user: mailer\n  password: {}\n",
            random.token(18)
        )
        .expect("a String takes every write");
    }
    text
}

fn script(app: &App) -> String {
    format!(
        "#!/bin/sh\nset -eu\n\n# Wait for the configuration, then start.\n\
         while [ ! -f /etc/app/ready ]; do\n  sleep 1\ndone\nexec /app/{} --port \"$PORT\"\n",
        app.name
    )
}
