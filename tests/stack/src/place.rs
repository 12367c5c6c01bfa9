use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::StackError;

/// Where the stack finds its tools and keeps its files.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    root: PathBuf,
    local: PathBuf,
}

/// Below `.local/`: a folder for each stack apart.
const APART: &str = "apart";

impl Place {
    /// The workspace that this crate was compiled in.
    pub(crate) fn of_workspace() -> Self {
        Self::at(Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new(".")))
    }

    pub(crate) fn at(root: &Path) -> Self {
        Self { root: root.to_owned(), local: root.join(".local") }
    }

    /// The same workspace, with another stack's files.
    pub(crate) fn apart(&self, name: &str) -> Self {
        Self { root: self.root.clone(), local: self.root.join(".local").join(APART).join(name) }
    }

    /// The places of all stacks apart that there ever were.
    pub(crate) fn all_apart(&self) -> Vec<Self> {
        let folders = fs::read_dir(self.local.join(APART)).into_iter().flatten().flatten();
        folders.map(|folder| self.apart(&folder.file_name().to_string_lossy())).collect()
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A pinned tool from the virtual environment.
    pub(crate) fn tool(&self, name: &str) -> Result<PathBuf, StackError> {
        let path = self.tools().join(name);
        if path.exists() { Ok(path) } else { Err(StackError::ToolMissing(path)) }
    }

    /// The folder of the pinned tools, for `PATH`.
    pub(crate) fn tools(&self) -> PathBuf {
        self.root.join(".venv/bin")
    }

    /// A file or folder of the running stack.
    pub(crate) fn local(&self, name: &str) -> PathBuf {
        self.local.join(name)
    }

    /// The same, as a folder that exists.
    pub(crate) fn local_folder(&self, name: &str) -> Result<PathBuf, StackError> {
        let folder = self.local(name);
        fs::create_dir_all(&folder).map_err(StackError::system(format!("cannot create {}", folder.display())))?;
        Ok(folder)
    }

    /// The same, with nothing in it.
    pub(crate) fn fresh_folder(&self, name: &str) -> Result<PathBuf, StackError> {
        let folder = self.local(name);
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(StackError::system(format!("cannot empty {}", folder.display()))(error))
            }
            _ => self.local_folder(name),
        }
    }

    /// The output of a part or of a tool.
    pub(crate) fn log(&self, name: &str) -> Result<PathBuf, StackError> {
        Ok(self.local_folder("logs")?.join(name).with_extension("log"))
    }

    /// Waits until no other process starts or ends the stack. Dropping the file lets the next one in.
    pub(crate) fn lock(&self) -> Result<File, StackError> {
        let path = self.local_folder("")?.join("lock");
        let file = File::create(&path).and_then(|file| file.lock().map(|()| file));
        file.map_err(StackError::system(format!("cannot lock {}", path.display())))
    }
}

/// The last lines of an output, to show with an error.
pub(crate) fn tail(log: &Path) -> String {
    const LINES: usize = 30;
    let output = fs::read(log).unwrap_or_default();
    let output = String::from_utf8_lossy(&output);
    let lines: Vec<_> = output.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
