use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use tokio::process::Command;

use crate::aws::AwsAccess;
use crate::error::StackError;
use crate::place::Place;
use crate::tool;

/// The SAM command line, which reaches the emulator whatever the user's own configuration says, and nothing else. The
/// section `local` of samconfig.toml is meant for it.
pub(crate) struct Sam<'a> {
    pub(crate) place: &'a Place,
    pub(crate) access: &'a AwsAccess,
}

/// cargo-lambda moves the programs that it builds out of Cargo's folder; the functions' own tests, in the same run and from
/// the same folder, still expect them there.
fn give_back(built: &Path) -> std::io::Result<()> {
    let own = std::env::current_exe()?;
    let folder = own.ancestors().skip(1).find(|folder| !folder.ends_with("deps")).unwrap_or(built);
    for (function, program) in
        [("WebhookFunction", "webhook"), ("TransferFunction", "transfer"), ("SweeperFunction", "sweeper")]
    {
        let place = folder.join(program);
        if !place.exists() {
            fs::copy(built.join(function).join("bootstrap"), place)?;
        }
    }
    Ok(())
}

impl Sam<'_> {
    /// Compiles the functions where they have changed. Answers with the folder of what is to be deployed.
    pub(crate) async fn build(&self) -> Result<PathBuf, StackError> {
        let mut sam = self.command()?;
        // Cargo's own linker, so that what is compiled is shared with every other build of the workspace. What is deployed
        // to AWS is linked by zig, which pins the version of glibc.
        let built = self.place.local("sam/build");
        sam.args(["build", "--config-env", "local", "--build-dir"])
            .arg(&built)
            .env("SAM_BUILD_MODE", "debug")
            .env("CARGO_LAMBDA_COMPILER", "cargo");
        tool::run(self.place, "sam build", &mut sam).await?;
        give_back(&built).map_err(StackError::system("cannot give the programs back to Cargo"))?;
        Ok(built)
    }

    /// Brings the stack up to date with what was built.
    pub(crate) async fn deploy(&self, parameters: &BTreeMap<String, String>) -> Result<(), StackError> {
        // JSON is YAML, which is what the tool reads; on the command line some values would need quotes.
        let file = self.place.local_folder("sam")?.join("parameters.yaml");
        fs::write(&file, json!(parameters).to_string())
            .map_err(StackError::system(format!("cannot write {}", file.display())))?;
        let mut sam = self.command()?;
        // The tool looks for its settings beside the template.
        sam.args(["deploy", "--config-env", "local", "--config-file"])
            .arg(self.place.root().join("samconfig.toml"))
            .arg("--template-file")
            .arg(self.place.local("sam/build/template.yaml"))
            .arg("--parameter-overrides")
            .arg(format!("file://{}", file.display()));
        tool::run(self.place, "sam deploy", &mut sam).await.map(drop)
    }

    /// The outputs of the deployed stack, as JSON.
    pub(crate) async fn outputs(&self) -> Result<Vec<u8>, StackError> {
        let mut sam = self.command()?;
        sam.args(["list", "stack-outputs", "--stack-name", "tapeline-local", "--output", "json"]);
        tool::run(self.place, "sam list", &mut sam).await
    }

    fn command(&self) -> Result<Command, StackError> {
        let mut sam = Command::new(self.place.tool("sam")?);
        sam.envs(self.access.variables())
            .env_remove("AWS_PROFILE")
            .env_remove("AWS_SESSION_TOKEN")
            .env("PATH", path_with(self.place.tools())?)
            .env("SAM_CLI_POLL_DELAY", "0.2")
            .env("SAM_CLI_TELEMETRY", "0")
            .env("__SAM_CLI_APP_DIR", self.quiet_home()?);
        Ok(sam)
    }

    /// A home for the tool in which it has just looked for a newer version of itself.
    fn quiet_home(&self) -> Result<PathBuf, StackError> {
        const IN_THE_YEAR_2100: f64 = 4_102_444_800.0;
        let home = self.place.local_folder("sam/home")?;
        let file = home.join("metadata.json");
        if !file.exists() {
            let metadata = json!({ "telemetryEnabled": false, "lastVersionCheck": IN_THE_YEAR_2100 });
            fs::write(&file, metadata.to_string())
                .map_err(StackError::system(format!("cannot write {}", file.display())))?;
        }
        Ok(home)
    }
}

fn path_with(tools: PathBuf) -> Result<OsString, StackError> {
    #[expect(clippy::disallowed_methods, reason = "what is found there is for the tool, not for this program")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(tools).chain(std::env::split_paths(&path)))
        .map_err(std::io::Error::other)
        .map_err(StackError::system("the tools' folder cannot be searched"))
}
