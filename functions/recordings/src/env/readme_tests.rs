use super::ALL;

/// The table in the README, as it should be.
fn table() -> String {
    let mut table = "| variable | default | what it is |\n|---|---|---|\n".to_owned();
    for variable in ALL {
        let default = variable.default.map(|value| format!("`{value}`")).unwrap_or_default();
        table += &format!("| `{}` | {default} | {} |\n", variable.name, variable.purpose);
    }
    table
}

#[test]
fn the_readme_has_every_variable() {
    let readme = include_str!("../../../../README.md");
    let (_, rest) = readme.split_once("<!-- configuration -->\n").expect("the table has its marks");
    let (found, _) = rest.split_once("<!-- /configuration -->").expect("the table has its marks");
    assert!(found == table(), "the table in README.md should be\n{}", table());
}
