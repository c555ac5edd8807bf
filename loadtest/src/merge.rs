//! Many processes, one run: adds the results of shards, counts and raw histograms and never percentiles, so that what comes
//! out is what one process would have measured that had sent it all. It knows results and files.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;

use crate::results::{Arrivals, FILE, Interval, Measured, Model, Results, Series, Shape, Shard};

/// Shards whose load begins further apart than this are told: the load was never all there at once.
const APART_S: f64 = 2.0;

/// The files of results in a directory, by name: every `.json` in itself, and `results.json` of the directories in it, which
/// hold other reports too.
///
/// # Errors
/// A sentence: it cannot be read, or there are none.
pub fn files(directory: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = listed(directory)
        .map_err(|error| format!("{} cannot be read: {error}", directory.display()))?;
    found.sort();
    if found.is_empty() {
        return Err(format!(
            "{} holds no .json file, nor does a directory in it hold a {FILE}",
            directory.display()
        ));
    }
    Ok(found)
}

fn listed(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(Some(path.join(FILE)).filter(|file| file.is_file()));
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            found.push(path);
        }
    }
    Ok(found)
}

/// Adds shards, given with their files' names. The users, the rate, the callers and the fleet add up as the counts do.
///
/// # Errors
/// A sentence that names the file: a shard is of another run's load, or is there twice.
pub fn merge(shards: Vec<(String, Results)>) -> Result<Results, String> {
    let mut shards = shards.into_iter();
    let (_, mut all) = shards.next().ok_or("there is nothing to merge")?;
    all.judgement = None;
    all.files.clear();
    for (file, shard) in shards {
        add(&mut all, shard).map_err(|why| format!("{file} cannot be merged: {why}"))?;
    }
    if let Some(apart) = apart(&all) {
        all.notes.push(format!(
            "The {} processes began up to {apart:.1} s apart, so not all of the load was there all the time.",
            all.shards.len()
        ));
    }
    Ok(all)
}

fn add(all: &mut Results, shard: Results) -> Result<(), String> {
    if all.run.scenario != shard.run.scenario {
        return Err(format!(
            "its scenario is {}, and the first file's is {}",
            shard.run.scenario, all.run.scenario
        ));
    }
    if all.cloud.endpoint != shard.cloud.endpoint {
        return Err(format!(
            "it asked {}, and the first file {}",
            shard.cloud.endpoint, all.cloud.endpoint
        ));
    }
    for known in &all.shards {
        if shard.shards.contains(known) {
            return Err(format!("{} is there already", known.name));
        }
    }
    if let Some((one, other)) = never_together(all, &shard) {
        return Err(format!(
            "{} was over before {} began: two runs, not shards of one",
            one.name, other.name
        ));
    }
    add_shape(&mut all.shape, &shard.shape)?;
    add_measured(&mut all.measured, shard.measured);
    all.run.interrupted |= shard.run.interrupted;
    if shard.run.started_at < all.run.started_at {
        all.run.started_at = shard.run.started_at;
    }
    all.shards.extend(shard.shards);
    all.leaks.extend(shard.leaks);
    for note in shard.notes {
        if !all.notes.contains(&note) {
            all.notes.push(note);
        }
    }
    Ok(())
}

fn add_shape(all: &mut Shape, shard: &Shape) -> Result<(), String> {
    match (&mut all.model, &shard.model) {
        (Model::Users(all), Model::Users(more)) => *all += more,
        (Model::Rate(all), Model::Rate(more)) => *all += more,
        (Model::Users(_), Model::Rate(_)) | (Model::Rate(_), Model::Users(_)) => {
            return Err("some shards have users, others a rate".to_owned());
        }
    }
    let load = |shape: &Shape| Shape {
        model: Model::Users(0),
        fleet: 0,
        ..shape.clone()
    };
    if let Some(how) = load(shard).differs(&load(all)) {
        return Err(how);
    }
    all.fleet += shard.fleet;
    all.callers.users += shard.callers.users;
    all.callers.projects += shard.callers.projects;
    all.callers.made |= shard.callers.made;
    all.warm_up_ms = all.warm_up_ms.max(shard.warm_up_ms);
    all.run_time_ms = all.run_time_ms.max(shard.run_time_ms);
    Ok(())
}

fn add_measured(all: &mut Measured, mut shard: Measured) {
    // Intervals are a second or that doubled, so the longer is a whole number of the shorter.
    let longer = all.interval_ms.max(shard.interval_ms);
    lengthen(all, longer);
    lengthen(&mut shard, longer);
    all.measured_ms = all.measured_ms.max(shard.measured_ms);
    for (name, series) in shard.names {
        match all.names.get_mut(&name) {
            Some(known) => add_series(known, series),
            None => {
                all.names.insert(name, series);
            }
        }
    }
    all.warm_up.requests += shard.warm_up.requests;
    all.warm_up.errors += shard.warm_up.errors;
    all.polls.asked += shard.polls.asked;
    all.polls.error.add(&shard.polls.error);
    if let Some(more) = shard.arrivals {
        add_arrivals(all.arrivals.get_or_insert_default(), &more);
    }
    all.violations.add(&shard.violations);
}

fn add_arrivals(all: &mut Arrivals, more: &Arrivals) {
    all.due += more.due;
    all.started += more.started;
    all.late += more.late;
    all.dropped += more.dropped;
    all.late_by.add(&more.late_by);
}

fn add_series(all: &mut Series, more: Series) {
    let both = std::mem::take(&mut all.intervals)
        .into_iter()
        .chain(more.intervals);
    all.intervals = by_number(both, 1);
    for (reason, count) in more.errors {
        *all.errors.entry(reason).or_default() += count;
    }
    all.service.add(&more.service);
    all.first_byte.add(&more.first_byte);
}

/// Makes the intervals as long as another's.
fn lengthen(measured: &mut Measured, interval_ms: u64) {
    let times = u32::try_from(interval_ms / measured.interval_ms).unwrap_or(u32::MAX);
    if times > 1 {
        for series in measured.names.values_mut() {
            series.intervals = by_number(std::mem::take(&mut series.intervals), times);
        }
        measured.interval_ms = interval_ms;
    }
}

/// Those of the same number added, where so many become one.
fn by_number(intervals: impl IntoIterator<Item = Interval>, times: u32) -> Vec<Interval> {
    let mut numbered: BTreeMap<u32, Interval> = BTreeMap::new();
    for interval in intervals {
        let n = interval.n / times;
        numbered
            .entry(n)
            .or_insert_with(|| Interval {
                n,
                ..Interval::default()
            })
            .add(&interval);
    }
    numbered.into_values().collect()
}

/// A shard that was over before another began.
fn never_together<'a>(all: &'a Results, shard: &'a Results) -> Option<(&'a Shard, &'a Shard)> {
    let span = |shard: &Shard| {
        let from: Timestamp = shard.started_at.parse().ok()?;
        let lasted = Duration::from_millis(shard.cost.wall_ms);
        Some((from, from.saturating_add(lasted).ok()?))
    };
    let pairs = all
        .shards
        .iter()
        .flat_map(|one| shard.shards.iter().map(move |other| (one, other)));
    pairs.into_iter().find_map(|(one, other)| {
        let ((from, until), (others_from, others_until)) = (span(one)?, span(other)?);
        if until < others_from {
            Some((one, other))
        } else if others_until < from {
            Some((other, one))
        } else {
            None
        }
    })
}

/// By how many seconds the first and the last shard began apart, where that matters.
fn apart(all: &Results) -> Option<f64> {
    let began = all
        .shards
        .iter()
        .filter_map(|shard| shard.started_at.parse::<Timestamp>().ok());
    let (first, last) = (began.clone().min()?, began.max()?);
    let apart = last.duration_since(first).as_secs_f64();
    (apart > APART_S).then_some(apart)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use rstest::rstest;

    use super::*;
    use crate::results::{Outcome, Recorder, Took, synthetic};

    fn shard(name: &str) -> Results {
        let mut results = synthetic::mixed(1, 20.0);
        results.shards[0].name = name.to_owned();
        results
    }

    fn named(shards: Vec<Results>) -> Vec<(String, Results)> {
        let name = |(at, shard)| (format!("{at}.json"), shard);
        shards.into_iter().enumerate().map(name).collect()
    }

    #[test]
    fn four_processes_are_one_of_four_times_the_users() {
        let began = Instant::now();
        let recorders: Vec<Recorder> = (0..5)
            .map(|_| {
                let recorder = Recorder::new(began, true);
                recorder.start_measuring(began);
                recorder.stop_measuring(began + Duration::from_secs(20));
                recorder
            })
            .collect();
        let (whole, parts) = recorders.split_last().unwrap();
        for n in 0..4_000_u64 {
            let latency = Duration::from_micros(200 + (n * n * 7_919) % 900_000);
            let outcome = match n % 50 {
                0 => Outcome::Failed("503".into()),
                1 => Outcome::Contention,
                _ => Outcome::Fine,
            };
            let took = Took {
                at: began + Duration::from_millis(n * 5) + latency,
                latency,
                service: latency / 2,
                first_byte: Some(latency / 3),
                outcome,
            };
            let name = ["keypairs.create", "rebuild.active"][usize::from(n % 3 == 0)];
            for recorder in [whole, &parts[(n % 4) as usize]] {
                recorder.took(name, took.clone());
                recorder.arrived(began + Duration::from_millis(n * 5), latency / 100);
                if n % 100 == 0 {
                    recorder.violation(synthetic::violation());
                    recorder.dropped(began + Duration::from_millis(n));
                    let at = began + Duration::from_millis(n * 5);
                    recorder.polled(at);
                    recorder.poll_error(at, latency);
                }
            }
        }
        let shards = parts.iter().enumerate().map(|(n, part)| {
            let mut results = shard(&n.to_string());
            results.measured = part.finish();
            results
        });
        let merged = merge(named(shards.collect())).unwrap();
        let mut want = whole.finish();
        // When a violation was found is the clock's, and differs.
        want.violations.first.clear();
        let mut found = merged.measured;
        assert_eq!(found.violations.first.len(), 40);
        found.violations.first.clear();
        assert_eq!(found, want);
        assert_eq!(merged.shape.model, Model::Users(256));
        assert_eq!(merged.shape.fleet, 64);
    }

    #[test]
    fn a_long_shard_and_a_short_one_have_intervals_of_one_length() {
        let (mut long, short) = (shard("long"), shard("short"));
        lengthen(&mut long.measured, 4_000);
        let each = short.measured.names["keypairs.create"].times();
        let merged = merge(named(vec![short, long])).unwrap();
        let series = &merged.measured.names["keypairs.create"];
        assert_eq!(
            (merged.measured.interval_ms, series.intervals.len()),
            (4_000, 15)
        );
        assert_eq!(series.succeeded(), 2 * each.count());
        assert_eq!(series.times().quantile(0.99), each.quantile(0.99));
    }

    #[rstest]
    #[case::twice(|_: &mut Results| {}, "1.json cannot be merged: a is there already")]
    #[case::scenario(|shard: &mut Results| shard.run.scenario = "storm".into(), "1.json cannot be merged: its scenario is storm")]
    #[case::cloud(|shard: &mut Results| shard.cloud.endpoint = "http://other".into(), "1.json cannot be merged: it asked http://other")]
    #[case::polling(|shard: &mut Results| { shard.shards[0].name = "b".into(); shard.shape.polling_ms = None; }, "1.json cannot be merged: its polling is none")]
    #[case::model(|shard: &mut Results| { shard.shards[0].name = "b".into(); shard.shape.model = Model::Rate(2.0); }, "1.json cannot be merged: some shards have users")]
    fn what_is_no_shard_of_this_run_is_refused(
        #[case] change: fn(&mut Results),
        #[case] why: &str,
    ) {
        let mut other = shard("a");
        change(&mut other);
        let refused = merge(named(vec![shard("a"), other])).unwrap_err();
        assert!(refused.starts_with(why), "{refused}");
    }

    #[test]
    fn shards_that_began_apart_are_told() {
        let mut late = shard("b");
        late.shards[0].started_at = "2026-02-03T04:05:11.5Z".into();
        let merged = merge(named(vec![shard("a"), late])).unwrap();
        assert_eq!(
            merged.notes,
            [
                "The 2 processes began up to 5.5 s apart, so not all of the load was there all the time."
            ]
        );
    }

    #[test]
    fn a_run_that_was_over_before_another_began_is_no_shard_of_it() {
        let mut other = shard("b");
        other.shards[0].started_at = "2026-02-03T05:04:05Z".into();
        let refused = merge(named(vec![shard("a"), other])).unwrap_err();
        assert_eq!(
            refused,
            "1.json cannot be merged: a was over before b began: two runs, not shards of one"
        );
    }

    #[test]
    fn one_interrupted_or_leaking_shard_is_the_whole_run() {
        let mut bad = shard("b");
        bad.run.interrupted = true;
        bad.leaks.push(crate::results::Left {
            what: "server x".into(),
            why: "409".into(),
        });
        let merged = merge(named(vec![shard("a"), bad])).unwrap();
        assert!(merged.run.interrupted);
        assert_eq!(merged.leaks.len(), 1);
    }

    #[test]
    fn results_are_found_beside_and_one_below() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::create_dir_all(root.join("shard-1")).unwrap();
        for name in [
            "b.json",
            "a.json",
            "shard-1/results.json",
            "shard-1/goose.json",
            "page.html",
        ] {
            fs::write(root.join(name), "").unwrap();
        }
        let names: Vec<String> = files(root)
            .unwrap()
            .iter()
            .map(|path| path.strip_prefix(root).unwrap().display().to_string())
            .collect();
        assert_eq!(names, ["a.json", "b.json", "shard-1/results.json"]);
    }

    #[test]
    fn an_empty_directory_is_told() {
        let directory = tempfile::tempdir().unwrap();
        assert!(
            files(directory.path())
                .unwrap_err()
                .contains("holds no .json file")
        );
    }
}
