//! `--hub`: events go to the hub, for as long as the node is up.

use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use catseye_sensor::kernel::{Attachment, Outcome};
use catseye_sensor::proc;
use catseye_sensor::transport::{About, Refused};

use super::Args;
use super::local::{Eyes, open, stop_when_asked, teller};
use super::send::{Outbox, To};
use super::wall;
use crate::output;

/// Sends until it is asked to end, or the time is over.
pub(super) fn run(args: &Args, hub: &str) -> Result<ExitCode> {
    let asked = stop_when_asked()?;
    let identity = match (&args.certificate, &args.key) {
        (Some(certificate), Some(key)) => Some((certificate.clone(), key.clone())),
        _ => None,
    };
    if args.json {
        bail!("--json writes here; leave it away when events go to a hub");
    }
    let to = To {
        hub: hub.to_owned(),
        ca: args.ca.clone(),
        identity,
        token: args.token_file.clone(),
        spool: args.spool.clone(),
        most: args.spool_size << 20,
    };
    let teller = teller(args);
    // Numbers begin again with every start: the stream says of which.
    let stream = format!("{}-{}", teller.boot, proc::since_boot());
    let mut outbox = Outbox::open(to, &teller.node, &stream)?;
    let mut eyes = open(args, Duration::from_secs(10));
    outbox.tell(about(&eyes));
    let mut wall = wall::opened(args.policy.as_deref(), matches!(eyes, Eyes::Kernel(_)))?;
    if let Eyes::Kernel(sensor) = &eyes {
        say_what_is_missing(sensor.attachments());
        for event in sensor.found() {
            outbox.add(event);
        }
    }
    let until = args
        .seconds
        .map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut pressed = false;
    while !asked.load(Ordering::Relaxed) && until.is_none_or(|until| Instant::now() < until) {
        eyes.poll(Duration::from_millis(500), &mut |event| outbox.add(event))?;
        if let (Some(wall), Eyes::Kernel(sensor)) = (&mut wall, &mut eyes) {
            wall.turn(sensor, &mut |event| outbox.add(event))?;
        }
        outbox.turn();
        // The hub counts them itself: their numbers are missing.
        let lost = outbox.lost();
        if lost > 0 {
            let word = output::WARNING.render_word();
            anstream::eprintln!("{word}: {lost} events went, for the spool is full");
        }
        if let Eyes::Kernel(sensor) = &mut eyes
            && outbox.is_pressed() != pressed
        {
            pressed = outbox.is_pressed();
            sensor.press(pressed)?;
        }
    }
    if let Eyes::Kernel(sensor) = &mut eyes {
        sensor.read_flows(&mut |event| outbox.add(event));
    }
    outbox.end();
    Ok(ExitCode::SUCCESS)
}

/// How this sensor looks, for the hub.
fn about(eyes: &Eyes) -> About {
    let mut about = About {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        kernel: proc::kernel_release(),
        ..About::default()
    };
    match eyes {
        Eyes::Sampled(..) => about.sampled = true,
        Eyes::Kernel(sensor) => {
            for Attachment { hook, outcome } in sensor.attachments() {
                let reason = match outcome {
                    Outcome::Attached => continue,
                    Outcome::NotAsked => "not asked for".to_owned(),
                    Outcome::Refused(reason) => reason.clone(),
                };
                let tells = hook.tells.to_owned();
                if about.refused.iter().all(|it| it.tells != tells) {
                    about.refused.push(Refused { tells, reason });
                }
            }
        }
    }
    about
}

fn say_what_is_missing(attachments: &[Attachment]) {
    for Attachment { hook, outcome } in attachments {
        if let Outcome::Refused(reason) = outcome {
            anstream::eprintln!(
                "{}: {} is not seen, the kernel refused {}: {reason}",
                output::WARNING.render_word(),
                hook.tells,
                hook.place
            );
        }
    }
}
