use standins::CreateJob;

use super::Scene;
use crate::SceneError;

/// A job as it was made in Airtable.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its number.
    pub number: String,
    /// Its record.
    pub record_id: String,
}

impl Scene {
    /// Makes a job in Airtable, whose history a person has begun. The number is new in every run.
    ///
    /// # Errors
    /// When the stand-in does not do it.
    pub async fn job(&self, name: &str) -> Result<Job, SceneError> {
        self.job_of_call(name, "").await
    }

    /// The same, of a job whose record names a call.
    ///
    /// # Errors
    /// When the stand-in does not do it.
    pub async fn job_of_call(&self, name: &str, call: &str) -> Result<Job, SceneError> {
        let number = self.job_number(name).await?;
        let call_id = (!call.is_empty()).then(|| call.to_owned());
        self.make_job(CreateJob { job_number: number, call_id, ..CreateJob::default() }).await
    }

    /// A number that no job has yet.
    ///
    /// # Errors
    /// When the stand-in does not answer.
    pub async fn job_number(&self, name: &str) -> Result<String, SceneError> {
        Ok(format!("{name}-{}", self.control.now().await?.as_microsecond()))
    }

    /// Makes a job of that number, whose history a person has begun.
    ///
    /// # Errors
    /// When the stand-in does not do it.
    pub async fn job_numbered(&self, number: &str) -> Result<Job, SceneError> {
        self.make_job(CreateJob::numbered(number)).await
    }

    async fn make_job(&self, job: CreateJob) -> Result<Job, SceneError> {
        let number = job.job_number.clone();
        let job = CreateJob { history: Some("2024-03-01 a person wrote this".to_owned()), ..job };
        Ok(Job { record_id: self.control.create_job(job).await?, number })
    }

    /// The job's history as Airtable holds it.
    ///
    /// # Errors
    /// When the stand-in does not answer.
    pub async fn history(&self, job: &Job) -> Result<String, SceneError> {
        Ok(self.control.job_history(job.record_id.clone()).await?)
    }
}
