//! `DELETE /servers/{server}`.

use crate::cloud::server::{Task, TaskState};
use crate::compute::fault::Fault;
use crate::compute::{Answered, Exchange};

pub(in crate::compute) fn delete(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    let server = exchange.server_to_use()?;
    super::unless_locked(exchange, &server)?;
    let now = exchange.state.clock.now();
    exchange.state.store.write(|cloud| {
        let by = exchange.by(&mut cloud.servers);
        let going = cloud
            .servers
            .get(server.id)
            .is_some_and(|server| server.task_state == Some(TaskState::Deleting));
        if !going {
            // Whatever is being done to it ends here. If it is gone already, somebody was faster.
            let _ = cloud
                .servers
                .begin(server.id, Task::Delete, by, now, |_| {});
        }
    });
    Ok(Answered::Nothing)
}
