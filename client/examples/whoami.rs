//! Says who the configured cloud takes you for, and where its services are. Prints no secret.
//!
//! `OS_CLOUD=reference OS_CLIENT_CONFIG_FILE=target/reference-cloud/clouds.yaml cargo run -p nova-client --example whoami`

use std::{
    error::Error,
    io::{Write, stderr, stdout},
    process::ExitCode,
};

use nova_client::{Config, RawRequest, Session};

#[tokio::main]
async fn main() -> ExitCode {
    match whoami().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // With stderr gone there is nobody to tell.
            let _gone = writeln!(stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

async fn whoami() -> Result<(), Box<dyn Error>> {
    let config = Config::from_env(&|name| std::env::var(name).ok())?;
    let session = Session::connect(config).await?;
    let identity = session.identity();
    let mut out = stdout().lock();
    let roles: Vec<&str> = identity
        .roles
        .iter()
        .map(|role| role.name.as_str())
        .collect();
    writeln!(out, "cloud    {}", session.config().name)?;
    writeln!(
        out,
        "user     {} ({}) of domain {}",
        identity.user.name, identity.user.id, identity.user.domain.name
    )?;
    match &identity.project {
        Some(project) => writeln!(out, "project  {} ({})", project.name, project.id)?,
        None => writeln!(out, "project  none")?,
    }
    writeln!(out, "roles    {}", roles.join(", "))?;
    writeln!(out, "expires  {}", identity.expires_at)?;
    for service in &identity.catalog.services {
        for endpoint in &service.endpoints {
            let region = endpoint.region_id.as_deref().unwrap_or("no region");
            writeln!(
                out,
                "service  {} {} {region} {}",
                service.kind, endpoint.interface, endpoint.url
            )?;
        }
    }
    let compute = session.discover("compute").await?;
    writeln!(
        out,
        "compute  {} speaks {}",
        compute.service.endpoint(),
        compute.versions
    )?;
    let answer = compute
        .service
        .send(&RawRequest::get("/os-keypairs?limit=1").at(compute.versions.max))
        .await?;
    writeln!(out, "keypairs {} in {:?}", answer.status, answer.last_byte)?;
    Ok(())
}
