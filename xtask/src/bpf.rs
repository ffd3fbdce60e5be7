//! `cargo xtask bpf`: compiles the sensor's BPF programs, and says whether the committed ones are current.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};

use crate::project_root;

/// The programs, by the name of their source.
const OBJECTS: [&str; 2] = ["observe", "firewall"];

/// The clang that the committed objects are made with. Others make other bytes of the same source.
const CLANG: &str = "14";

/// Compile the sensor's BPF programs with clang
///
/// Writes `crates/sensor/src/bpf/built/*.bpf.o`, one object for every processor: the programs read no
/// registers and all layouts are relocated when they are loaded.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write nothing; fail when a committed object is not what its source makes
    #[arg(long)]
    check: bool,
}

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let folder = project_root().join("crates/sensor/src/bpf");
    let version = clang_version()?;
    println!("clang {version}");
    let mut stale = Vec::new();
    for name in OBJECTS {
        let fresh = compile(&folder, name)?;
        let built = folder.join("built").join(format!("{name}.bpf.o"));
        if !args.check {
            fs::create_dir_all(folder.join("built"))?;
            fs::write(&built, fresh)?;
            println!("{}", built.display());
            continue;
        }
        let committed =
            fs::read(&built).with_context(|| format!("failed to read {}", built.display()))?;
        if committed == fresh {
            continue;
        }
        let changed = differing(&committed, &fresh)?;
        if changed.is_empty() {
            println!("{name}: the same programs; names and strings are laid out otherwise");
            continue;
        }
        stale.push(format!("{name}: {}", changed.join(", ")));
    }
    if stale.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    if version != CLANG {
        println!(
            "not judged: clang {version} makes other code than clang {CLANG}, which made the committed objects"
        );
        return Ok(ExitCode::SUCCESS);
    }
    bail!(
        "run `cargo xtask bpf` and commit what it writes; sections that differ: {}",
        stale.join("; ")
    )
}

/// The first number of its version.
fn clang_version() -> Result<String> {
    let output = Command::new("clang")
        .arg("--version")
        .output()
        .context("failed to run clang; apt-get install clang llvm libbpf-dev")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let version = text
        .split_once("version ")
        .and_then(|(_, rest)| rest.split('.').next());
    version
        .map(str::to_owned)
        .with_context(|| format!("clang says no version: {text}"))
}

/// The object, with types (BTF) and without the rest of what debuggers want.
fn compile(folder: &Path, name: &str) -> Result<Vec<u8>> {
    let source = format!("{name}.bpf.c");
    let object = std::env::temp_dir().join(format!("catseye-{}-{name}.bpf.o", std::process::id()));
    let headers = PathBuf::from(format!("/usr/include/{}-linux-gnu", std::env::consts::ARCH));
    let mut clang = Command::new("clang");
    // The folder is not named in the object, so that every checkout makes the same bytes.
    clang
        .current_dir(folder)
        .args([
            "-g", "-O2", "-Wall", "-Werror", "-target", "bpf", "-mcpu=v3",
        ])
        .arg("-fdebug-prefix-map=".to_owned() + &folder.to_string_lossy() + "=.")
        .arg("-I")
        .arg(headers)
        .args(["-I.", "-c", &source, "-o"])
        .arg(&object);
    succeed(clang)?;
    let mut strip = Command::new("llvm-strip");
    strip.arg("-g").arg(&object);
    succeed(strip)?;
    let bytes = fs::read(&object)?;
    fs::remove_file(&object)?;
    Ok(bytes)
}

fn succeed(mut command: Command) -> Result<()> {
    let shown = format!("{command:?}");
    let status = command
        .status()
        .with_context(|| format!("failed to run {shown}"))?;
    if !status.success() {
        bail!("{shown} failed: {status}");
    }
    Ok(())
}

/// The names of sections that hold programs or maps and are not the same.
fn differing(committed: &[u8], fresh: &[u8]) -> Result<Vec<String>> {
    let (old, new) = (sections(committed)?, sections(fresh)?);
    let is_code = |name: &str| !name.starts_with(".BTF") && !name.starts_with(".rel.BTF");
    let mut names: Vec<String> = old
        .iter()
        .filter(|section| is_code(&section.0) && !new.contains(section))
        .chain(
            new.iter()
                .filter(|section| is_code(&section.0) && !old.contains(section)),
        )
        .map(|section| section.0.clone())
        .collect();
    names.sort();
    names.dedup();
    Ok(names)
}

/// Names and contents of the sections with contents of an ELF file of 64 bits.
fn sections(file: &[u8]) -> Result<Vec<(String, Vec<u8>)>> {
    let short = || anyhow::anyhow!("the object is cut off");
    let number = |at: usize, size: usize| -> Result<usize> {
        let bytes = file.get(at..at + size).ok_or_else(short)?;
        let mut whole = [0; 8];
        whole[..size].copy_from_slice(bytes);
        Ok(usize::try_from(u64::from_le_bytes(whole))?)
    };
    let (table, entry, count, names) = (
        number(40, 8)?,
        number(58, 2)?,
        number(60, 2)?,
        number(62, 2)?,
    );
    let place = |index: usize| -> Result<(usize, usize, usize, usize)> {
        let at = table + index * entry;
        Ok((
            number(at, 4)?,
            number(at + 4, 4)?,
            number(at + 24, 8)?,
            number(at + 32, 8)?,
        ))
    };
    let (_, _, names_at, names_size) = place(names)?;
    let names = file
        .get(names_at..names_at + names_size)
        .ok_or_else(short)?;
    let mut sections = Vec::new();
    for index in 1..count {
        let (name, kind, at, size) = place(index)?;
        let is_program = kind == 1 && size > 0;
        if !is_program {
            continue;
        }
        let name = names.get(name..).ok_or_else(short)?;
        let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
        let bytes = file.get(at..at + size).ok_or_else(short)?;
        sections.push((String::from_utf8_lossy(name).into_owned(), bytes.to_vec()));
    }
    sections.sort();
    Ok(sections)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_program_is_told_by_its_section() {
        let built = project_root().join("crates/sensor/src/bpf/built/observe.bpf.o");
        let object = fs::read(built).unwrap();
        assert!(differing(&object, &object).unwrap().is_empty());
        let all = sections(&object).unwrap();
        let (name, code) = all
            .iter()
            .find(|(name, _)| name == "tp_btf/sched_process_exit")
            .unwrap();
        let at = object
            .windows(code.len())
            .position(|window| window == code.as_slice())
            .unwrap();
        let mut changed = object.clone();
        changed[at] ^= 1;
        assert_eq!(differing(&object, &changed).unwrap(), [name.clone()]);
    }

    #[test]
    fn a_cut_object_is_refused() {
        let built = project_root().join("crates/sensor/src/bpf/built/observe.bpf.o");
        let object = fs::read(built).unwrap();
        assert!(sections(&object[..object.len() / 2]).is_err());
        assert!(sections(&[]).is_err());
    }
}
