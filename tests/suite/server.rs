//! An output folder → nginx or Apache from Debian that serves it on loopback, and what a browser would get from it.

use crate::harness::say;
use crate::html::{Piece, pieces};
use crate::preview::{PATIENCE, Reply};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A web server of which nothing but the program is the system's: settings, logs and port are the test's own.
pub(crate) struct Server {
    child: Child,
    /// `127.0.0.1:port`.
    pub(crate) host: String,
    _folder: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which the test has noticed then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether a program is there. If not, that is an error if `GUIDEPOST_REQUIRE` names it, else one line.
pub(crate) fn is_there(name: &str, path: &str) -> bool {
    if Path::new(path).exists() {
        return true;
    }
    let required = std::env::var("GUIDEPOST_REQUIRE").unwrap_or_default();
    let required = required.split(',').any(|one| one.trim() == name);
    assert!(!required, "GUIDEPOST_REQUIRE names {name}, and it is not there: apt-get install {name}");
    say(format_args!("skipped: there is no {name} (apt-get install {name})"));
    false
}

/// nginx with the snippet of the output folder included, as the documentation says.
pub(crate) fn nginx(out: &Path, base: &str) -> Server {
    started("/usr/sbin/nginx", &["-e", "log", "-c"], out, |folder, port| {
        let (root, out) = (folder.display(), out.display());
        let place = if base == "/" {
            format!("root \"{out}\";")
        } else {
            format!("location \"{base}\" {{ alias \"{out}/\"; }}")
        };
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path \"{root}/{name}\";"));
        format!(
            "daemon off; master_process off; pid \"{root}/pid\";\nevents {{}}\nhttp {{\naccess_log off; include /etc/nginx/mime.types;\n{}\nserver {{ listen 127.0.0.1:{port};\ninclude \"{out}/nginx.conf\";\n{place}\n}}\n}}\n",
            temporary.join("\n")
        )
    })
}

/// Apache with `AllowOverride All` and the protection of `.ht*` files that Debian's own settings have.
pub(crate) fn apache(out: &Path, base: &str) -> Server {
    const MODULES: &str = "/usr/lib/apache2/modules";
    started("/usr/sbin/apache2", &["-X", "-f"], out, |folder, port| {
        let (root, out) = (folder.display(), out.display());
        let modules = ["mpm_prefork", "authz_core", "dir", "mime", "alias", "headers"]
            .map(|name| format!("LoadModule {name}_module {MODULES}/mod_{name}.so"));
        let place = if base == "/" {
            format!("DocumentRoot \"{out}\"")
        } else {
            format!("DocumentRoot \"{root}\"\nAlias \"{base}\" \"{out}/\"")
        };
        format!(
            "ServerRoot \"{root}\"\nServerName 127.0.0.1\nListen 127.0.0.1:{port}\nPidFile \"{root}/pid\"\nErrorLog \"{root}/log\"\n{}\nUser www-data\nGroup www-data\nTypesConfig /etc/mime.types\nDirectoryIndex index.html\n{place}\n<Directory \"{out}\">\nAllowOverride All\nRequire all granted\n</Directory>\n<Files \".ht*\">\nRequire all denied\n</Files>\n",
            modules.join("\n")
        )
    })
}

fn started(program: &str, arguments: &[&str], out: &Path, settings: impl Fn(&Path, u16) -> String) -> Server {
    readable(out);
    // Between choosing a port and using it somebody else may take it.
    for _ in 0..3 {
        let folder = tempfile::Builder::new().prefix("guidepost-server-").tempdir().expect("a temporary folder");
        readable(folder.path());
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
        let conf = folder.path().join("conf");
        fs::write(&conf, settings(folder.path(), free.port())).expect("the temporary folder can be written");
        let errors = fs::File::create(folder.path().join("stderr")).expect("the temporary folder can be written");
        let mut command = Command::new(program);
        let absolute = arguments.iter().map(|argument| match *argument {
            "log" => folder.path().join("log").into_os_string(),
            argument => argument.into(),
        });
        let child = command.args(absolute).arg(&conf).stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors).spawn();
        let mut server =
            Server { child: child.expect("the server can be started"), host: free.to_string(), _folder: folder };
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if TcpStream::connect(&server.host).is_ok() {
                return server;
            }
            if server.child.try_wait().expect("a child can be asked").is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let said = |name: &str| fs::read_to_string(server._folder.path().join(name)).unwrap_or_default();
        let said = format!("{}{}", said("stderr"), said("log"));
        assert!(said.contains("ddress already in use"), "{program} does not start: {said}");
    }
    panic!("three ports in a row were taken");
}

/// Lets a server that gives up root's rights read what a test wrote.
fn readable(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let temporary = std::env::temp_dir();
    for folder in folder.ancestors().take_while(|folder| **folder != *temporary && folder.starts_with(&temporary)) {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("the folder is ours");
    }
}

impl Server {
    /// Asks for a path, percent-encoded as it is sent.
    pub(crate) fn get(&self, path: &str) -> Reply {
        let mut stream = TcpStream::connect(&self.host).expect("the server listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time that is not zero");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.host).expect("it reads");
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("it answers, and closes");
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("an answer has a head");
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Reply { status, head, body: bytes[end + 4..].to_vec() }
    }

    /// Where the answer leads, without the server's own address.
    pub(crate) fn leads(&self, path: &str) -> Option<String> {
        let reply = self.get(path);
        let to = reply.header("location").filter(|_| reply.status == 301)?;
        Some(to.strip_prefix(&format!("http://{}", self.host)).unwrap_or(to).to_owned())
    }

    /// Follows every link on this site from its home page on; gives what did not answer with 200, and the number of
    /// addresses that did.
    pub(crate) fn crawl(&self, base: &str) -> (Vec<String>, usize) {
        let mut seen: BTreeSet<String> = BTreeSet::from([base.to_owned()]);
        let mut waiting = vec![base.to_owned()];
        let mut problems = Vec::new();
        while let Some(path) = waiting.pop() {
            let reply = self.get(&path);
            if reply.status != 200 {
                problems.push(format!("{path}: {}", reply.status));
                continue;
            }
            if !reply.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
                continue;
            }
            for target in targets(&reply.text()) {
                let target = target.split('#').next().unwrap_or_default().to_owned();
                if target.starts_with(base) && seen.insert(target.clone()) {
                    waiting.push(target);
                }
            }
        }
        (problems, seen.len())
    }
}

fn targets(page: &str) -> Vec<String> {
    let tags = pieces(page).into_iter().filter_map(|piece| match piece {
        Piece::Start(_, attributes) => Some(attributes),
        _ => None,
    });
    tags.flat_map(|attributes| ["href", "src"].map(|name| attributes.get(name).cloned())).flatten().collect()
}

/// Every page of an output folder that leads on: its address, percent-encoded, and where it leads.
pub(crate) fn redirect_pages(out: &Path, base: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (name, bytes) in crate::harness::tree(out).into_iter().filter(|(name, _)| name.ends_with(".html")) {
        for piece in pieces(&String::from_utf8_lossy(&bytes)) {
            if let Piece::Start(tag, attributes) = piece
                && tag == "meta"
                && attributes.get("http-equiv").is_some_and(|kind| kind == "refresh")
            {
                let target = attributes["content"].split_once("url=").expect("a page that leads on says where").1;
                let path = name.strip_suffix("index.html").unwrap_or(&name);
                found.insert(format!("{base}{}", guidepost::path::encode(path)), target.to_owned());
            }
        }
    }
    found
}
