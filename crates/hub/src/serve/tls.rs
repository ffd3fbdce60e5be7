//! Certificates: given, or made and renewed by the hub itself.
//!
//! The hub's own authority lasts ten years and stays in the state folder; certificates for the server last
//! ninety days and are made anew when a third of that is left, without a restart and without a gap.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;

/// How long the authority lasts, in days.
const AUTHORITY_DAYS: i64 = 3650;
/// How long a certificate lasts, in days.
const DAYS: i64 = 90;
/// Renewed when so many days are left.
const RENEWED_DAYS: i64 = 30;
/// How often files are looked at: a certificate from elsewhere may be renewed or withdrawn at any time.
const LOOK: Duration = Duration::from_mins(1);

/// How connections are encrypted.
#[derive(Debug, Clone)]
pub enum Tls {
    /// Not at all; for loopback.
    Off,
    /// By certificates of the hub's own authority.
    Own {
        /// Where the authority's key and certificate are kept: `ca.crt` is what clients trust.
        folder: PathBuf,
        /// The names and addresses under which clients know the hub.
        names: Vec<String>,
    },
    /// By a certificate from elsewhere, read anew when the file changes.
    Files {
        /// The chain, PEM.
        certificate: PathBuf,
        /// The key, PEM.
        key: PathBuf,
    },
}

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("failed to use {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file holds no certificate or key.
    #[error("{path} holds no usable PEM: {message}")]
    Pem {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// A certificate cannot be made.
    #[error("failed to make a certificate")]
    Make(#[from] rcgen::Error),
    /// The certificate and the key cannot be used.
    #[error("failed to use a certificate")]
    Use(#[from] rustls::Error),
}

impl Tls {
    /// What accepts encrypted connections; `None` for plain ones. Certificates are renewed as long as the
    /// runtime lives.
    pub(super) fn acceptor(self) -> Result<Option<TlsAcceptor>, TlsError> {
        let source = match self {
            Tls::Off => return Ok(None),
            source => source,
        };
        let current = Arc::new(Current(RwLock::new(Arc::new(source.load()?))));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()?;
        let builder = match source.sensors(provider)? {
            Some(verifier) => builder.with_client_cert_verifier(verifier),
            None => builder.with_no_client_auth(),
        };
        let mut config = builder.with_cert_resolver(current.clone());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let watched = Arc::downgrade(&current);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK).await;
                let Some(current) = watched.upgrade() else {
                    return;
                };
                let source = source.clone();
                match tokio::task::spawn_blocking(move || source.load()).await {
                    Ok(Ok(key)) => {
                        let mut held = current.0.write().unwrap_or_else(PoisonError::into_inner);
                        *held = Arc::new(key);
                    }
                    Ok(Err(err)) => {
                        tracing::error!(error = %err, "failed to renew the certificate");
                    }
                    Err(_) => return,
                }
            }
        });
        Ok(Some(TlsAcceptor::from(Arc::new(config))))
    }

    /// What knows the certificates of sensors, which nobody needs to show: those of the hub's own authority.
    /// It signs no others for clients.
    fn sensors(
        &self,
        provider: Arc<CryptoProvider>,
    ) -> Result<Option<Arc<dyn ClientCertVerifier>>, TlsError> {
        let Tls::Own { folder, .. } = self else {
            return Ok(None);
        };
        let path = Own::new(folder).authority;
        let failed = |message: String| TlsError::Pem {
            path: path.clone(),
            message,
        };
        let mut roots = rustls::RootCertStore::empty();
        for certificate in
            CertificateDer::pem_file_iter(&path).map_err(|err| failed(err.to_string()))?
        {
            roots.add(certificate.map_err(|err| failed(err.to_string()))?)?;
        }
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
            .allow_unauthenticated()
            .build()
            .map_err(|err| failed(err.to_string()))?;
        Ok(Some(verifier))
    }

    /// The certificate and key to use from now on, made anew where it is time.
    fn load(&self) -> Result<CertifiedKey, TlsError> {
        match self {
            // Never asked: there is nothing to accept with.
            Tls::Off => Err(TlsError::Use(rustls::Error::General("no TLS".to_owned()))),
            Tls::Files { certificate, key } => read(certificate, key),
            Tls::Own { folder, names } => {
                let files = Own::new(folder);
                let now = jiff::Timestamp::now();
                files.renew(names, now)?;
                files.renew_sensors(now)?;
                read(&files.certificate, &files.key)
            }
        }
    }
}

/// The certificate in use.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(
            self.0
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
        )
    }
}

fn read(certificate: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let pem = |path: &Path, err: rustls::pki_types::pem::Error| TlsError::Pem {
        path: path.to_owned(),
        message: err.to_string(),
    };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .map_err(|err| pem(certificate, err))?
        .collect::<Result<_, _>>()
        .map_err(|err| pem(certificate, err))?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|err| pem(key, err))?;
    let signing = rustls::crypto::ring::sign::any_supported_type(&private)?;
    let certified = CertifiedKey::new(chain, signing);
    certified.keys_match()?;
    Ok(certified)
}

/// The files of the hub's own certificates.
struct Own {
    authority: PathBuf,
    authority_key: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
    /// What the certificate was made for, and until when: what a certificate says need not be parsed.
    made: PathBuf,
    sensor: PathBuf,
    sensor_key: PathBuf,
    sensor_made: PathBuf,
}

impl Own {
    fn new(folder: &Path) -> Self {
        Own {
            authority: folder.join("ca.crt"),
            authority_key: folder.join("ca.key"),
            certificate: folder.join("tls.crt"),
            key: folder.join("tls.key"),
            made: folder.join("tls.made"),
            sensor: folder.join("sensor.crt"),
            sensor_key: folder.join("sensor.key"),
            sensor_made: folder.join("sensor.made"),
        }
    }

    /// Makes what is missing, what is about to expire, and what is for other names.
    fn renew(&self, names: &[String], now: jiff::Timestamp) -> Result<(), TlsError> {
        let folder = self.authority.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(|source| TlsError::File {
            path: folder.to_owned(),
            source,
        })?;
        let authority_key = if let Some(text) = text_if_there(&self.authority_key)? {
            let key = KeyPair::from_pem(&text)?;
            if text_if_there(&self.authority)?.is_none() {
                let certificate = authority(now)?.self_signed(&key)?;
                write(&self.authority, &certificate.pem(), false)?;
            }
            key
        } else {
            // Only where there is none: clients that trust the one that cannot be read would be locked out.
            let key = KeyPair::generate()?;
            let certificate = authority(now)?.self_signed(&key)?;
            write(&self.authority_key, &key.serialize_pem(), true)?;
            write(&self.authority, &certificate.pem(), false)?;
            // What an earlier authority signed is worth nothing now.
            let _ = fs::remove_file(&self.made);
            let _ = fs::remove_file(&self.sensor_made);
            key
        };
        let wanted = names.join(" ");
        let until = fs::read_to_string(&self.made).ok().and_then(|text| {
            let (until, made_for) = text
                .trim_end()
                .split_once(' ')
                .unwrap_or((text.trim_end(), ""));
            (made_for == wanted).then(|| until.parse::<jiff::Timestamp>().ok())?
        });
        let left = until.map_or(0, |until| until.duration_since(now).as_hours() / 24);
        if left > RENEWED_DAYS && self.certificate.exists() && self.key.exists() {
            return Ok(());
        }
        let issuer = Issuer::new(authority(now)?, authority_key);
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(names.to_vec())?;
        params
            .distinguished_name
            .push(DnType::CommonName, "catseye hub");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        let until = now + jiff::SignedDuration::from_hours(24 * DAYS);
        lasts(&mut params, now, DAYS);
        let certificate = params.signed_by(&key, &issuer)?;
        // A client needs the whole chain only when it trusts something above; ours trusts ca.crt.
        write(&self.key, &key.serialize_pem(), true)?;
        write(&self.certificate, &certificate.pem(), false)?;
        write(&self.made, &format!("{until} {wanted}\n"), false)
    }

    /// Makes the certificate that sensors show, when there is none or it is about to expire. The
    /// authority is there.
    fn renew_sensors(&self, now: jiff::Timestamp) -> Result<(), TlsError> {
        let until = fs::read_to_string(&self.sensor_made).ok();
        let until = until.and_then(|text| text.trim().parse::<jiff::Timestamp>().ok());
        let left = until.map_or(0, |until| until.duration_since(now).as_hours() / 24);
        if left > RENEWED_DAYS && self.sensor.exists() && self.sensor_key.exists() {
            return Ok(());
        }
        let text = fs::read_to_string(&self.authority_key).map_err(|source| TlsError::File {
            path: self.authority_key.clone(),
            source,
        })?;
        let issuer = Issuer::new(authority(now)?, KeyPair::from_pem(&text)?);
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::<String>::new())?;
        params
            .distinguished_name
            .push(DnType::CommonName, "catseye sensor");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        let until = now + jiff::SignedDuration::from_hours(24 * DAYS);
        lasts(&mut params, now, DAYS);
        let certificate = params.signed_by(&key, &issuer)?;
        write(&self.sensor_key, &key.serialize_pem(), true)?;
        write(&self.sensor, &certificate.pem(), false)?;
        write(&self.sensor_made, &format!("{until}\n"), false)
    }
}

fn authority(now: jiff::Timestamp) -> Result<CertificateParams, TlsError> {
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    params
        .distinguished_name
        .push(DnType::CommonName, "catseye hub authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    lasts(&mut params, now, AUTHORITY_DAYS);
    Ok(params)
}

/// Sets from when until when a certificate counts, in days from now.
fn lasts(params: &mut CertificateParams, now: jiff::Timestamp, days: i64) {
    let at = |days: i64| {
        let time = now + jiff::SignedDuration::from_hours(24 * days);
        let date = time.to_zoned(jiff::tz::TimeZone::UTC);
        let part = |number: i8| u8::try_from(number).unwrap_or(1);
        rcgen::date_time_ymd(i32::from(date.year()), part(date.month()), part(date.day()))
    };
    // A day early, for clients whose clocks are behind.
    params.not_before = at(-1);
    params.not_after = at(days);
}

/// The text of a file; `None` only where there is no file.
fn text_if_there(path: &Path) -> Result<Option<String>, TlsError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(TlsError::File {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Writes a file whole or not at all; secrets for the owner alone.
fn write(path: &Path, text: &str, secret: bool) -> Result<(), TlsError> {
    let fail = |source| TlsError::File {
        path: path.to_owned(),
        source,
    };
    // Behind the whole name: `tls.key` and `tls.crt` must not share one.
    let mut half = path.as_os_str().to_owned();
    half.push(".new");
    let half = PathBuf::from(half);
    // What a run that was killed left, or somebody put there, keeps its own permissions.
    match fs::remove_file(&half) {
        Err(err) if err.kind() != io::ErrorKind::NotFound => return Err(fail(err)),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if secret {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _ = secret;
    let mut file = options.open(&half).map_err(fail)?;
    io::Write::write_all(&mut file, text.as_bytes()).map_err(fail)?;
    file.sync_all().map_err(fail)?;
    fs::rename(&half, path).map_err(fail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }

    #[test]
    fn an_authority_that_cannot_be_read_is_no_reason_for_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let files = Own::new(folder.path());
        files.renew(&["localhost".to_owned()], now()).unwrap();
        let authority = fs::read(&files.authority).unwrap();
        let key = fs::read(&files.authority_key).unwrap();
        fs::write(&files.authority_key, [0xff, 0xfe]).unwrap();
        assert!(files.renew(&["localhost".to_owned()], now()).is_err());
        assert_eq!(fs::read(&files.authority).unwrap(), authority);
        fs::write(&files.authority_key, &key).unwrap();
        // The certificate alone is made anew for the same key.
        fs::remove_file(&files.authority).unwrap();
        files.renew(&["localhost".to_owned()], now()).unwrap();
        assert_eq!(fs::read(&files.authority_key).unwrap(), key);
        assert!(files.authority.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_is_its_owners_alone_whatever_lay_there_before() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("tls.key");
        let left = folder.path().join("tls.key.new");
        fs::write(&left, "left").unwrap();
        fs::set_permissions(&left, fs::Permissions::from_mode(0o644)).unwrap();
        write(&key, "secret", true).unwrap();
        let mode = fs::metadata(&key).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!left.exists());
        assert_eq!(fs::read_to_string(&key).unwrap(), "secret");
    }
}
