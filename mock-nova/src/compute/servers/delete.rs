//! `DELETE /servers/{server}`.

use crate::cloud::server::{Task, TaskState};
use crate::compute::fault::Fault;
use crate::compute::{Answered, Exchange};

pub(in crate::compute) fn delete(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    let server = exchange.server_to_use()?;
    let now = exchange.state.clock.now();
    exchange.state.store.write(|cloud| {
        // It may have changed since it was found.
        let server = cloud.servers.get(server.id).unwrap_or(&server);
        super::unless_locked(exchange, server)?;
        let (id, going) = (server.id, server.task_state == Some(TaskState::Deleting));
        if !going {
            let by = exchange.by(&mut cloud.servers);
            // Whatever is being done to it ends here. If it is gone already, somebody was faster.
            let _ = cloud.servers.begin(id, Task::Delete, by, now, |_| {});
        }
        Ok(Answered::Nothing)
    })
}
