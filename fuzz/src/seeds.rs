//! Writes what each target starts with into `corpus/<target>/`, beside what earlier runs found.

use std::fs;
use std::io;
use std::path::Path;

fn main() -> io::Result<()> {
    for target in fuzzing::TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name);
        fs::create_dir_all(&folder)?;
        for (number, seed) in (target.seeds)().iter().enumerate() {
            fs::write(folder.join(format!("seed-{number:02}")), seed)?;
        }
    }
    Ok(())
}
