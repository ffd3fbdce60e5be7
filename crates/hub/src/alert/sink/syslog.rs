//! Syslog over UDP, TCP and TLS. A connection is opened for each message: alerts are seldom, and a
//! receiver that went away is noticed by the message that needs it.

use std::sync::Arc;
use std::time::Duration;

use catseye_report::alert::{Alert, ocsf, syslog};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::Undelivered;
use crate::alert::config::{self, AlertConfig, ConfigError, Format, Transport};
use crate::alert::http::tls;
use crate::alert::template::Template;

/// The largest datagram of IPv4 and IPv6.
const DATAGRAM: usize = 65_507;

/// How long a receiver may take.
const PATIENCE: Duration = Duration::from_secs(10);

pub(in crate::alert) struct Syslog {
    address: String,
    transport: Transport,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    facility: u8,
    host: String,
    format: Format,
    template: Option<Template>,
}

impl Syslog {
    pub(super) fn of(
        config: &AlertConfig,
        how: &config::Syslog,
        host: &str,
    ) -> Result<Self, ConfigError> {
        let error = |field: &str, message: String| ConfigError::of(config, field, message);
        let name = (how.address.rsplit_once(':'))
            .filter(|(name, port)| !name.is_empty() && port.parse::<u16>().is_ok())
            .map(|(name, _)| name.trim_matches(['[', ']']).to_owned());
        let Some(name) = name else {
            return Err(error("syslog.address", "write host:port".to_owned()));
        };
        let facility = syslog::facility(&how.facility).ok_or_else(|| {
            let message = format!(
                "unknown facility {:?}: write audit, local0, …",
                how.facility
            );
            error("syslog.facility", message)
        })?;
        let tls = match how.transport {
            Transport::Tls => {
                let config =
                    tls(how.ca_file.as_deref()).map_err(|err| error("syslog.ca-file", err))?;
                let name = ServerName::try_from(name)
                    .map_err(|err| error("syslog.address", err.to_string()))?;
                Some((TlsConnector::from(Arc::new(config)), name))
            }
            Transport::Udp | Transport::Tcp => None,
        };
        let template = match &how.template {
            Some(text) => Some(Template::of(text).map_err(|err| error("syslog.template", err))?),
            None => None,
        };
        Ok(Syslog {
            address: how.address.clone(),
            transport: how.transport,
            tls,
            facility,
            host: host.to_owned(),
            format: how.format,
            template,
        })
    }

    pub(super) async fn deliver(&self, alert: &Alert) -> Result<(), Undelivered> {
        let text = match (&self.template, self.format) {
            (Some(template), _) => template.render(alert).map_err(Undelivered::never)?,
            (None, Format::Ocsf) => ocsf::detection_finding(alert).to_string(),
            (None, Format::Catseye) => alert.title.clone(),
        };
        let message = syslog::message(alert, self.facility, &self.host, &text);
        let sending = async {
            match (self.transport, &self.tls) {
                (Transport::Udp, _) => self.datagram(&message).await,
                (Transport::Tls, Some((connector, name))) => {
                    let stream = TcpStream::connect(&self.address).await?;
                    let mut stream = connector.connect(name.clone(), stream).await?;
                    counted(&mut stream, &message).await?;
                    // The receiver's goodbye shows that it took the connection, and with it, in TLS
                    // 1.3, our certificate and what came before ours.
                    let mut rest = [0; 64];
                    let _ = timeout(Duration::from_millis(200), stream.read(&mut rest)).await;
                    Ok(())
                }
                _ => counted(&mut TcpStream::connect(&self.address).await?, &message).await,
            }
        };
        match timeout(PATIENCE, sending).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(err)) => Err(Undelivered::later(format!("{}: {err}", self.address))),
            Err(_) => Err(Undelivered::later(format!(
                "{}: no answer in time",
                self.address
            ))),
        }
    }

    async fn datagram(&self, message: &str) -> std::io::Result<()> {
        let mut last = std::io::Error::other("the name has no address");
        for address in lookup_host(&self.address).await? {
            let from = if address.is_ipv4() {
                "0.0.0.0:0"
            } else {
                "[::]:0"
            };
            let socket = UdpSocket::bind(from).await?;
            let length = floor(message, DATAGRAM);
            match socket.send_to(&message.as_bytes()[..length], address).await {
                Ok(_) => return Ok(()),
                Err(err) => last = err,
            }
        }
        Err(last)
    }
}

/// The greatest length not above `most` that cuts no character.
fn floor(text: &str, most: usize) -> usize {
    if text.len() <= most {
        return text.len();
    }
    (0..=most)
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or(0)
}

/// A message with its length before it, and the end of the stream.
async fn counted(stream: &mut (impl AsyncWrite + Unpin), message: &str) -> std::io::Result<()> {
    let frame = format!("{} {message}", message.len());
    stream.write_all(frame.as_bytes()).await?;
    stream.flush().await?;
    stream.shutdown().await
}
