//! Where the numbers come from: the run, its load, the cloud, the machines, the arrivals. It knows results.

use super::{end_table, section, table};
use crate::{
    baseline::mixture,
    results::{Arrivals, Model, Results, Shape, Shard},
    shared::{Text, put},
    words::{self, counted},
};

use std::time::Duration;

/// More than this of a machine's processors, and its own queue is in the times.
const BUSY: f64 = 0.8;

/// Whom the run asked, when, and with what load.
pub(super) fn run(page: &mut String, results: &Results) {
    section(page, "run", "The run");
    let (run, cloud, shape) = (&results.run, &results.cloud, &results.shape);
    put(
        page,
        format_args!(
            "<dl><dt>Cloud</dt><dd>{}{}</dd><dt>Compute API</dt><dd>{}</dd><dt>Microversions</dt><dd>{} to {}</dd>\
             <dt>Begun</dt><dd><time datetime=\"{at}\">{at}</time>, run <code>{}</code></dd>",
            Text(&cloud.name),
            if cloud.embedded {
                ", a mock in the process that measured: the two share its processors"
            } else {
                ""
            },
            Text(&cloud.endpoint),
            Text(&cloud.min_version),
            Text(&cloud.max_version),
            Text(&run.id),
            at = Text(&words::moment(&run.started_at)),
        ),
    );
    put(
        page,
        format_args!(
            "<dt>Scenario</dt><dd>{}{}</dd><dt>Load</dt><dd>{}</dd><dt>Measured</dt><dd>{}, after {} of warm-up with {}, which count for nothing</dd>",
            Text(&run.scenario),
            mixed(shape),
            load(shape),
            words::time(results.measured_for()),
            words::time(Duration::from_millis(shape.warm_up_ms)),
            counted(results.measured.warm_up.requests, "request"),
        ),
    );
    let callers = &shape.callers;
    put(
        page,
        format_args!(
            "<dt>Callers</dt><dd>{} in {}{}</dd>",
            counted(callers.users, "user"),
            counted(callers.projects, "project"),
            if callers.made {
                ", made for the run"
            } else {
                ""
            },
        ),
    );
    if shape.fleet > 0 {
        put(
            page,
            format_args!("<dt>Fleet</dt><dd>{}</dd>", counted(shape.fleet, "server")),
        );
    }
    put(
        page,
        format_args!(
            "<dt>Latency</dt><dd>{}, to the answer’s {} byte</dd>",
            if arrived(results).is_some() {
                "from when a request was due, whenever it was sent"
            } else {
                "from when a request was sent"
            },
            if shape.first_byte_only {
                "first"
            } else {
                "last"
            },
        ),
    );
    put(
        page,
        format_args!(
            "<dt>Run it again</dt><dd><code class=command>{}</code></dd></dl></section>\n",
            Text(&run.command)
        ),
    );
}

fn mixed(shape: &Shape) -> String {
    if shape.weights.len() > 1 {
        format!(": {}", Text(&mixture(shape)))
    } else {
        String::new()
    }
}

fn load(shape: &Shape) -> String {
    let model = shape.model.words();
    match shape.model {
        Model::Users(_) => {
            format!(
                "{model}, each of whom sends the next request when the last is answered (closed)"
            )
        }
        Model::Rate(_) => format!("{model}, whatever the cloud does (open)"),
    }
}

/// The arrivals, where any were due: a storm has none.
pub(super) fn arrived(results: &Results) -> Option<&Arrivals> {
    let arrivals = results.measured.arrivals.as_ref();
    arrivals.filter(|arrivals| arrivals.due > 0)
}

/// How a rate was reached.
pub(super) fn arrivals(page: &mut String, results: &Results) {
    let Some(arrivals) = arrived(results) else {
        return;
    };
    section(page, "arrivals", "Arrivals");
    put(
        page,
        format_args!(
            "<p>What was due was sent on time, late or not at all. Lateness is part of the latency of what was sent late; what was \
             dropped, because too much was under way, has no latency and counts here.</p>\n"
        ),
    );
    table(
        page,
        "Arrivals",
        &[
            "#Due",
            "#Sent",
            "#Late",
            "#Dropped",
            "#Late by, p50",
            "#p99",
            "#Most",
        ],
    );
    page.push_str("<tr>");
    for count in [
        arrivals.due,
        arrivals.started,
        arrivals.late,
        arrivals.dropped,
    ] {
        put(
            page,
            format_args!("<td class=number>{}</td>", words::count(count)),
        );
    }
    let late = &arrivals.late_by;
    for time in [late.quantile(0.5), late.quantile(0.99), late.most()] {
        put(
            page,
            format_args!(
                "<td class=number>{}</td>",
                time.map_or_else(|| "–".to_owned(), words::time)
            ),
        );
    }
    page.push_str("</tr>\n");
    end_table(page);
    page.push_str("</section>\n");
}

/// Where the load came from, and what it cost there.
pub(super) fn machines(page: &mut String, results: &Results) {
    section(page, "machines", "Who measured");
    let requests = results.totals().ended + results.measured.polls.asked;
    table(
        page,
        "Who measured",
        &[
            "Process",
            "Begun",
            "Machine",
            "#Cores",
            "#CPU",
            "#The mock’s",
            "#Of its cores",
            "#Memory",
        ],
    );
    for shard in &results.shards {
        let cost = &shard.cost;
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
        put(
            page,
            format_args!(
                "<tr><td><code>{}</code></td><td class=words>{}</td><td class=words>{}</td><td class=number>{}</td><td class=number>{}</td>\
                 <td class=number>{}</td><td class=number>{}</td><td class=number>{}</td></tr>\n",
                Text(&shard.name),
                Text(&words::moment(&shard.started_at)),
                Text(&machine(shard)),
                shard.machine.cores,
                or_dash(cost.cpu_ms.map(|ms| words::time(Duration::from_millis(ms)))),
                or_dash(
                    cost.cloud_cpu_ms
                        .map(|ms| words::time(Duration::from_millis(ms)))
                ),
                or_dash(busy(shard).map(words::percent)),
                or_dash(cost.rss_bytes.map(words::bytes)),
            ),
        );
    }
    end_table(page);
    let cpu: Option<u64> = results.shards.iter().map(|shard| shard.cost.cpu_ms).sum();
    if let Some(cpu) = cpu.filter(|_| requests > 0) {
        #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
        let each = Duration::from_millis(cpu).div_f64(requests as f64);
        put(
            page,
            format_args!(
                "<p>{} of processor time per request and poll, to send it and to judge its answer.</p>\n",
                words::time(each),
            ),
        );
    }
    let full = results
        .shards
        .iter()
        .filter_map(busy)
        .any(|part| part > BUSY);
    if full {
        put(
            page,
            format_args!(
                "<p><b>The machine was nearly full</b>: beyond {} of its processors, waiting for them is part of the times. Use fewer \
                 users, a lower rate or more machines.</p>\n",
                words::percent(BUSY)
            ),
        );
    }
    for (what, file) in &results.files {
        put(
            page,
            format_args!(
                "<p>{}: <a href=\"{}\">{}</a></p>\n",
                Text(what),
                Text(file),
                Text(file)
            ),
        );
    }
    page.push_str("</section>\n");
}

fn machine(shard: &Shard) -> String {
    let parts = [&shard.machine.system, &shard.machine.processor];
    let known: Vec<&str> = parts
        .into_iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    known.join(", ")
}

/// How much of its processors a process took, an embedded cloud included.
fn busy(shard: &Shard) -> Option<f64> {
    let cost = &shard.cost;
    let wall = Duration::from_millis(cost.wall_ms).as_secs_f64();
    let all = cost.cpu_ms? + cost.cloud_cpu_ms.unwrap_or_default();
    let cpu = Duration::from_millis(all).as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "cores are few")]
    let all = wall * shard.machine.cores as f64;
    (all > 0.0).then(|| cpu / all)
}

pub(super) fn notes(page: &mut String, results: &Results) {
    if results.notes.is_empty() {
        return;
    }
    section(page, "notes", "Notes");
    page.push_str("<ul>\n");
    for note in &results.notes {
        put(page, format_args!("<li>{}</li>\n", Text(note)));
    }
    page.push_str("</ul></section>\n");
}
