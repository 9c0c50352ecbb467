//! The disk → hints that something changed; never says what changed, and never trusts that it heard everything.

use super::live::Live;
use crate::path::SitePath;
use crate::source::SETTINGS;
use notify::event::{AccessKind, AccessMode, MetadataKind, ModifyKind};
use notify::{ErrorKind, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How often files are looked at where the system does not report changes.
pub const POLL: Duration = Duration::from_millis(500);

/// The folders of a project that hold its files.
const FOLDERS: [&str; 3] = ["content", "static", "templates"];

/// A folder that was made is looked through again after this time: what was put into it before the system watched it
/// is reported by nobody.
const SETTLED: Duration = Duration::from_millis(150);

/// File systems on which the system does not report what others change.
const SILENT: [&str; 10] = ["9p", "v9fs", "drvfs", "nfs", "nfs4", "cifs", "smb3", "smbfs", "virtiofs", "vboxsf"];

/// What hints are given to. Until there is a site they are kept.
#[derive(Clone, Default)]
pub struct Ear(Arc<Mutex<Option<Arc<Live>>>>, Arc<Mutex<bool>>);

impl Ear {
    /// From now on hints go to `live`.
    pub fn give(&self, live: &Arc<Live>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(live));
        if *self.1.lock().unwrap_or_else(PoisonError::into_inner) {
            live.hear_everything();
        }
    }

    fn live(&self) -> Option<Arc<Live>> {
        let live = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if live.is_none() {
            *self.1.lock().unwrap_or_else(PoisonError::into_inner) = true;
        }
        live
    }
}

/// Why files are polled.
pub enum Reason {
    /// They lie on such a file system.
    FileSystem(String),
    /// The system watches no more folders for us.
    Limit,
    /// The system cannot watch them at all.
    Unable(String),
}

/// What the watching thread is told by the system's reports.
enum Report {
    /// One of the watched folders, or one below them, came or went.
    Folders,
    /// The system watches no more.
    Failed(Reason),
}

/// Starts to watch the project in `root`. `polling` is told, once, if it has to be polled.
pub fn start(root: &Path, poll: Option<Duration>, ear: &Ear, polling: impl Fn(Reason) + Send + 'static) {
    let (root, ear) = (root.to_owned(), ear.clone());
    if let Some(interval) = poll {
        thread::spawn(move || look(&ear, interval));
        return;
    }
    if let Some(kind) = silent(&root) {
        polling(Reason::FileSystem(kind));
        thread::spawn(move || look(&ear, POLL));
        return;
    }
    let (tell, told) = mpsc::channel();
    let watching = Watching::start(&root, &ear, &tell);
    thread::spawn(move || {
        let reason = match watching {
            Ok(mut watching) => watching.follow(&told),
            Err(error) => reason(&error),
        };
        polling(reason);
        look(&ear, POLL);
    });
}

/// Looks at all files again and again; more seldom where a look takes long.
fn look(ear: &Ear, interval: Duration) {
    loop {
        let start = Instant::now();
        if let Some(live) = ear.live() {
            live.hear_everything();
            // What cannot be read now may be readable the next time.
            let _ = live.settle();
        }
        thread::sleep(interval.max(start.elapsed() * 10));
    }
}

struct Watching {
    root: PathBuf,
    ear: Ear,
    watcher: RecommendedWatcher,
    /// Folders outside of the three to which links lead.
    linked: BTreeSet<PathBuf>,
}

impl Watching {
    fn start(root: &Path, ear: &Ear, tell: &mpsc::Sender<Report>) -> notify::Result<Watching> {
        let (tell, hears, place) = (tell.clone(), ear.clone(), root.to_owned());
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| match event {
            Ok(event) => hear(&place, &hears, &event, &tell),
            Err(error) if matches!(error.kind, ErrorKind::MaxFilesWatch) => {
                // If nobody listens any more, the program ends.
                let _ = tell.send(Report::Failed(Reason::Limit));
            }
            // A folder that vanished while it was being watched, or a report that could not be read.
            Err(_) => drop(hears.live().inspect(|live| live.hear_everything())),
        })?;
        let mut watching = Watching { root: root.to_owned(), ear: ear.clone(), watcher, linked: BTreeSet::new() };
        watching.watcher.watch(root, RecursiveMode::NonRecursive)?;
        watching.watch_folders()?;
        Ok(watching)
    }

    /// Watches the three folders, as they are now, and what links in them lead to.
    fn watch_folders(&mut self) -> notify::Result<()> {
        for folder in FOLDERS.map(|folder| self.root.join(folder)) {
            // A folder of the same name may be another one now, which is not watched yet.
            let _ = self.watcher.unwatch(&folder);
            if folder.is_dir() {
                not_gone(self.watcher.watch(&folder, RecursiveMode::Recursive))?;
            }
        }
        let linked = links(&self.root);
        for folder in self.linked.difference(&linked) {
            let _ = self.watcher.unwatch(folder);
        }
        for folder in linked.difference(&self.linked) {
            not_gone(self.watcher.watch(folder, RecursiveMode::NonRecursive))?;
        }
        self.linked = linked;
        Ok(())
    }

    /// Keeps up with folders that come and go, until the system watches no more.
    fn follow(&mut self, told: &mpsc::Receiver<Report>) -> Reason {
        let mut due: Option<Instant> = None;
        loop {
            let wait = due.map_or(Duration::from_secs(3600), |due| due.saturating_duration_since(Instant::now()));
            match told.recv_timeout(wait) {
                Ok(Report::Folders) => due = Some(Instant::now() + SETTLED),
                Ok(Report::Failed(reason)) => return reason,
                Err(RecvTimeoutError::Timeout) if due.take().is_some() => {
                    if let Err(error) = self.watch_folders() {
                        return reason(&error);
                    }
                    drop(self.ear.live().inspect(|live| live.hear_everything()));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Reason::Unable("it stopped".to_owned()),
            }
        }
    }
}

/// A folder that is gone again needs no watching.
fn not_gone(watched: notify::Result<()>) -> notify::Result<()> {
    match watched {
        Err(error) if matches!(error.kind, ErrorKind::PathNotFound) => Ok(()),
        Err(error) => match &error.kind {
            ErrorKind::Io(io) if io.kind() == std::io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        },
        Ok(()) => Ok(()),
    }
}

fn reason(error: &notify::Error) -> Reason {
    let is_limit = match &error.kind {
        ErrorKind::MaxFilesWatch => true,
        // EMFILE: no more instances; ENOSPC: no more watches.
        ErrorKind::Io(io) => matches!(io.raw_os_error(), Some(24 | 28)),
        _ => false,
    };
    if is_limit { Reason::Limit } else { Reason::Unable(error.to_string()) }
}

/// Passes on what one event of the system means.
fn hear(root: &Path, ear: &Ear, event: &notify::Event, tell: &mpsc::Sender<Report>) {
    let Some(live) = ear.live() else { return };
    if event.need_rescan() {
        let _ = tell.send(Report::Folders);
        return live.hear_everything();
    }
    // Reading a file is reported, too. An answer to that would be a circle.
    let is_change = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) | EventKind::Any => true,
        EventKind::Access(_) | EventKind::Other => false,
        EventKind::Modify(ModifyKind::Metadata(MetadataKind::AccessTime)) => false,
        EventKind::Create(_) | EventKind::Remove(_) | EventKind::Modify(_) => true,
    };
    if !is_change {
        return;
    }
    let is_name =
        !matches!(event.kind, EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Metadata(_)) | EventKind::Access(_));
    let mut paths = Vec::new();
    for disk in &event.paths {
        match site_path(root, disk) {
            Some(path) => {
                if is_name && (FOLDERS.contains(&path.as_str()) || disk.is_dir() || is_link(disk)) {
                    let _ = tell.send(Report::Folders);
                }
                paths.push(path);
            }
            None if disk.strip_prefix(root).is_ok_and(|inner| inner.components().count() <= 1) => {}
            // Something that only links lead to.
            None => live.hear_everything(),
        }
    }
    live.hear(paths);
}

/// The path of `disk` in the project, if files of the site can be there.
fn site_path(root: &Path, disk: &Path) -> Option<SitePath> {
    let inner = disk.strip_prefix(root).ok()?;
    let first = inner.components().next()?.as_os_str();
    if !FOLDERS.iter().any(|folder| first == *folder) && inner != Path::new(SETTINGS) {
        return None;
    }
    let text = inner.to_string_lossy();
    Some(SitePath::new(&if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() }))
}

fn is_link(disk: &Path) -> bool {
    fs::symlink_metadata(disk).is_ok_and(|meta| meta.is_symlink())
}

/// The folders in the project that hold what links lead to, as far as they lie outside of the three.
fn links(root: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let settings = root.join(SETTINGS);
    let entries = FOLDERS.iter().flat_map(|folder| walkdir::WalkDir::new(root.join(folder)).into_iter().flatten());
    let links = entries.filter(|entry| entry.path_is_symlink()).map(walkdir::DirEntry::into_path);
    for link in links.chain(is_link(&settings).then_some(settings)) {
        let Ok(target) = fs::canonicalize(&link) else { continue };
        let Ok(inner) = target.strip_prefix(root) else { continue };
        if target.is_dir() {
            let folders = walkdir::WalkDir::new(&target).into_iter().flatten();
            found.extend(folders.filter(|entry| entry.file_type().is_dir()).map(walkdir::DirEntry::into_path));
        }
        let is_watched =
            inner.components().next().is_some_and(|first| FOLDERS.iter().any(|name| first.as_os_str() == *name));
        if let Some(parent) = target.parent().filter(|parent| !is_watched && *parent != root) {
            found.insert(parent.to_owned());
        }
    }
    found
}

/// The kind of the file system on which `path` lies, if it reports nothing.
fn silent(path: &Path) -> Option<String> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let kind = kind_at(&mounts, path)?;
    let is_silent = SILENT.contains(&kind) || kind == "fuse" || kind == "fuseblk" || kind.starts_with("fuse.");
    is_silent.then(|| kind.to_owned())
}

/// The kind of the file system on which `path` lies, by the system's list of mounts (`proc(5)`, mountinfo).
fn kind_at<'m>(mounts: &'m str, path: &Path) -> Option<&'m str> {
    let mut best: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        let (Some(place), Some((_, behind))) = (line.split(' ').nth(4), line.split_once(" - ")) else { continue };
        let place = place.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\");
        let kind = behind.split(' ').next()?;
        let length = Path::new(&place).components().count();
        // Of two mounts at one place the later one is seen.
        if path.starts_with(&place) && best.is_none_or(|(longest, _)| length >= longest) {
            best = Some((length, kind));
        }
    }
    best.map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_mount_decides() {
        let mounts = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
                      90 22 0:50 / /mnt/c rw - 9p drvfs rw\n\
                      91 22 0:51 / /home/me/my\\040site rw master:3 - fuse.sshfs host:/ rw\n\
                      92 22 0:52 / /mnt rw - tmpfs none rw\n";
        let kind = |path: &str| kind_at(mounts, Path::new(path));
        assert_eq!(kind("/home/me"), Some("ext4"));
        assert_eq!(kind("/mnt/c/site"), Some("9p"));
        assert_eq!(kind("/mnt/cc"), Some("tmpfs"));
        assert_eq!(kind("/home/me/my site/content"), Some("fuse.sshfs"));
    }

    #[test]
    fn only_the_sites_own_places_are_heard() {
        let of = |disk: &str| site_path(Path::new("/a"), Path::new(disk)).map(|path| path.to_string());
        assert_eq!(of("/a/content/x.md"), Some("content/x.md".into()));
        assert_eq!(of("/a/site.yaml"), Some("site.yaml".into()));
        assert_eq!((of("/a/public"), of("/a"), of("/b"), of("/a/site.yaml/x")), (None, None, None, None));
    }
}
