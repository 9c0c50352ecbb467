//! How far a build is → a line on a terminal, once that takes longer than a moment; nothing in a pipe.

use crate::project::{Listener, Progress};
use crate::publish::Progress as Upload;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// What is done within this time is not worth a line that comes and goes.
const MOMENT: Duration = Duration::from_millis(500);

/// Does `work` and shows on the terminal how far it is.
pub(super) fn watched<T>(work: impl FnOnce(Listener) -> T) -> T {
    on_terminal(|bar| match bar {
        Some(bar) => work(&|progress| show(bar, progress)),
        None => work(&|_| ()),
    })
}

/// The same for uploads and deletions.
pub(super) fn published<T>(work: impl FnOnce(&(dyn Fn(Upload) + Sync)) -> T) -> T {
    on_terminal(|bar| match bar {
        Some(bar) => {
            bar.set_style(style("{spinner} Publishing {wide_bar} {human_pos} of {human_len}"));
            work(&|Upload { done, total }| {
                bar.set_length(total as u64);
                bar.set_position(done as u64);
            })
        }
        None => work(&|_| ()),
    })
}

/// Does `work` with a line on the terminal, if there is one.
fn on_terminal<T>(work: impl FnOnce(Option<&ProgressBar>) -> T) -> T {
    if !io::stderr().is_terminal() {
        return work(None);
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()).with_style(style("{spinner} {msg}"));
    let result = thread::scope(|scope| {
        let (end, ended) = mpsc::channel::<()>();
        let bar = &bar;
        scope.spawn(move || {
            if ended.recv_timeout(MOMENT) == Err(RecvTimeoutError::Timeout) {
                bar.set_draw_target(ProgressDrawTarget::stderr());
                bar.enable_steady_tick(Duration::from_millis(100));
            }
        });
        let result = work(Some(bar));
        drop(end);
        result
    });
    bar.finish_and_clear();
    result
}

fn show(bar: &ProgressBar, progress: Progress) {
    match progress {
        Progress::Reading => stage(bar, "Reading files"),
        Progress::Outlining => stage(bar, "Outlining texts"),
        Progress::Rendering { done, total } => {
            if done == 1 {
                bar.set_length(total as u64);
                bar.set_style(style("{spinner} Rendering {wide_bar} {human_pos} of {human_len}"));
            }
            bar.set_position(done as u64);
        }
        Progress::Writing => stage(bar, "Writing files"),
    }
}

/// A stage of which nobody can say how much of it is done.
fn stage(bar: &ProgressBar, what: &'static str) {
    bar.set_style(style("{spinner} {msg}"));
    bar.set_message(what);
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates of this module are well-formed")
}
