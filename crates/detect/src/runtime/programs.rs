//! Programs by what they are for. Names are those of the files, without folders.

/// Shells.
pub(crate) fn is_shell(program: &str) -> bool {
    matches!(
        program,
        "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh" | "fish" | "csh" | "tcsh" | "rbash" | "mksh"
    )
}

/// Languages that run what they are given.
pub(crate) fn is_interpreter(program: &str) -> bool {
    ["python", "perl", "ruby", "php", "lua", "node"]
        .iter()
        .any(|name| {
            program
                .strip_prefix(name)
                .is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '.'))
        })
}

/// Servers that serve files or pages and have no reason to start a shell.
pub(crate) fn is_server(program: &str) -> bool {
    const SERVERS: [&str; 22] = [
        "nginx",
        "httpd",
        "apache2",
        "lighttpd",
        "caddy",
        "traefik",
        "haproxy",
        "envoy",
        "php-fpm",
        "uwsgi",
        "gunicorn",
        "tomcat",
        "mysqld",
        "mariadbd",
        "mongod",
        "redis-server",
        "memcached",
        "rabbitmq-server",
        "vsftpd",
        "named",
        "varnishd",
        "coredns",
    ];
    SERVERS.contains(&program) || program.starts_with("php-fpm")
}

/// Runtimes of applications, which do start shells now and then.
pub(crate) fn is_application_runtime(program: &str) -> bool {
    matches!(
        program,
        "java" | "dotnet" | "puma" | "unicorn" | "beam.smp" | "postgres"
    ) || is_interpreter(program)
}

/// Programs that fetch files.
pub(crate) fn is_downloader(program: &str) -> bool {
    matches!(
        program,
        "curl" | "wget" | "aria2c" | "lwp-download" | "ftp" | "tftp" | "lftp" | "axel" | "fetch"
    )
}

/// Tools that come with every image and act for whoever calls them.
pub(crate) fn is_file_tool(program: &str) -> bool {
    matches!(
        program,
        "cat"
            | "less"
            | "more"
            | "head"
            | "tail"
            | "cp"
            | "mv"
            | "dd"
            | "base64"
            | "xxd"
            | "od"
            | "strings"
            | "grep"
            | "egrep"
            | "awk"
            | "gawk"
            | "mawk"
            | "sed"
            | "cut"
            | "sort"
            | "tar"
            | "gzip"
            | "zip"
            | "find"
            | "vi"
            | "vim"
            | "nano"
            | "busybox"
            | "tee"
            | "rev"
            | "tac"
            | "jq"
            | "openssl"
            | "scp"
            | "rsync"
            | "ls"
    )
}

/// What a person or a script uses, and no server.
pub(crate) fn is_by_hand(program: &str) -> bool {
    is_shell(program) || is_file_tool(program) || is_downloader(program) || is_network_tool(program)
}

/// Tools that make connections for whoever calls them.
pub(crate) fn is_network_tool(program: &str) -> bool {
    matches!(
        program,
        "nc" | "ncat"
            | "netcat"
            | "nc.traditional"
            | "nc.openbsd"
            | "socat"
            | "telnet"
            | "ssh"
            | "kubectl"
            | "oc"
    )
}

/// Package managers with the words that install.
pub(crate) fn installs(program: &str, arguments: &[String]) -> bool {
    let manages = matches!(
        program,
        "apt"
            | "apt-get"
            | "aptitude"
            | "dpkg"
            | "apk"
            | "yum"
            | "dnf"
            | "microdnf"
            | "rpm"
            | "zypper"
            | "pacman"
            | "snap"
            | "pip"
            | "pip2"
            | "pip3"
            | "npm"
            | "yarn"
            | "pnpm"
            | "gem"
            | "easy_install"
            | "conda"
            | "brew"
            | "cpan"
    );
    let asks = arguments.iter().skip(1).any(|word| {
        matches!(
            word.as_str(),
            "install"
                | "add"
                | "-i"
                | "--install"
                | "-U"
                | "-ivh"
                | "-Uvh"
                | "reinstall"
                | "update"
                | "upgrade"
                | "-S"
                | "-Sy"
        )
    });
    manages && asks
}

/// Compilers and linkers.
pub(crate) fn is_compiler(program: &str) -> bool {
    let plain = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
    matches!(
        plain,
        "gcc"
            | "g++"
            | "cc"
            | "c++"
            | "clang"
            | "clang++"
            | "tcc"
            | "rustc"
            | "ld"
            | "as"
            | "cc1"
            | "nasm"
            | "collect"
    )
}

/// Tools made for attacking or probing clusters and hosts.
pub(crate) fn is_attack_tool(program: &str) -> bool {
    const TOOLS: [&str; 31] = [
        "nmap",
        "masscan",
        "zmap",
        "zgrab",
        "rustscan",
        "naabu",
        "kube-hunter",
        "kubeletctl",
        "peirates",
        "cdk",
        "deepce",
        "deepce.sh",
        "linpeas",
        "linpeas.sh",
        "amicontained",
        "hydra",
        "medusa",
        "sqlmap",
        "nikto",
        "gobuster",
        "ffuf",
        "mimipenguin",
        "chisel",
        "ligolo",
        "frpc",
        "gsocket",
        "gs-netcat",
        "pspy",
        "pspy64",
        "botb",
        "kdigger",
    ];
    TOOLS.contains(&program)
}

/// The parts of container runtimes that set a container up, as they are seen from within.
pub(crate) fn is_container_runtime(program: &str) -> bool {
    program.starts_with("runc")
        || program.starts_with("containerd-shim")
        || matches!(
            program,
            "crun"
                | "youki"
                | "conmon"
                | "conmonrs"
                | "containerd"
                | "dockerd"
                | "docker-init"
                | "docker-proxy"
                | "kubelet"
                | "crio"
                | "runsc"
                | "kata-agent"
                | "pause"
        )
}

/// The programs with which a node agent reads what containers may not: monitoring, backup.
pub(crate) fn is_login_program(program: &str) -> bool {
    matches!(
        program,
        "sshd"
            | "sshd-session"
            | "login"
            | "su"
            | "sudo"
            | "passwd"
            | "chpasswd"
            | "useradd"
            | "usermod"
            | "adduser"
            | "cron"
            | "crond"
            | "systemd"
            | "unix_chkpwd"
            | "polkitd"
            | "getent"
            | "nscd"
            | "sssd"
            | "groupadd"
            | "pwck"
            | "chage"
            | "shadowconfig"
            | "dpkg"
            | "rpm"
            | "apk"
            | "runuser"
            | "newusers"
            | "vipw"
            | "userdel"
            | "deluser"
            | "addgroup"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_do_not_hide_an_interpreter_or_a_compiler() {
        for (name, interpreter, compiler) in [
            ("python3.12", true, false),
            ("php8", true, false),
            ("nodemon", false, false),
            ("gcc-13", false, true),
            ("clang", false, true),
            ("asterisk", false, false),
        ] {
            assert_eq!(
                (is_interpreter(name), is_compiler(name)),
                (interpreter, compiler),
                "{name}"
            );
        }
    }
}
