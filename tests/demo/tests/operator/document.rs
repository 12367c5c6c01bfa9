//! A document, and the commands in it.

use std::fs;
use std::path::Path;

pub(crate) struct Document(String);

impl Document {
    pub(crate) fn read(name: &str) -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
        Self(fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
    }

    /// The commands before the first section.
    pub(crate) fn preamble(&self) -> String {
        let (before, _) = self.0.split_once("\n## ").expect("there are sections");
        commands(before).join("\n")
    }

    /// The commands of the section with this heading, or with this anchor before its heading; one text for each block.
    pub(crate) fn section(&self, name: &str) -> Vec<String> {
        let anchor = format!("<a id=\"{name}\"></a>\n## ");
        let heading = format!("\n## {name}\n");
        let begin = self.0.find(&anchor).map(|at| at + anchor.len());
        let begin = begin.or_else(|| self.0.find(&heading).map(|at| at + heading.len()));
        let rest = &self.0[begin.unwrap_or_else(|| panic!("no section {name}"))..];
        let found = commands(rest.split("\n## ").next().unwrap_or(rest));
        assert!(!found.is_empty(), "no commands in {name}");
        found
    }
}

fn commands(text: &str) -> Vec<String> {
    let blocks = text.split("```sh\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap_or(block).to_owned()).collect()
}
