//! A name or address of this machine → a place that is listened at, and the addresses to type in a browser; never lets
//! others in by itself.

use super::policy::Names;
use anyhow::Context;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs, UdpSocket};

/// Where a preview is found, unless something else is asked for.
pub const PORT: u16 = 4321;

/// How many ports are tried if none is asked for.
const PORTS: u16 = 21;

/// Where a preview is to listen.
#[derive(Clone, Debug)]
pub struct Place {
    /// The name or address of the machine's own that it listens at.
    pub host: String,
    /// The port; if none is given, the first free one.
    pub port: Option<u16>,
}

/// Where a preview listens.
pub struct Bound {
    pub(super) listener: TcpListener,
    pub(super) names: Names,
    ip: IpAddr,
    host: String,
}

impl Bound {
    /// Listens at the place.
    pub fn at(place: &Place) -> anyhow::Result<Bound> {
        let host = place.host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let wanted = (host.as_str(), place.port.unwrap_or(PORT));
        let found = wanted.to_socket_addrs().with_context(|| format!("`{host}` is no name of this machine"))?;
        let addresses: Vec<SocketAddr> = found.collect();
        // A name may have two addresses; the older kind is what other programs try first.
        let address = addresses.iter().find(|address| address.is_ipv4()).or(addresses.first());
        let ip = address.with_context(|| format!("`{host}` has no address"))?.ip();
        let ports = match place.port {
            Some(port) => port..=port,
            None => PORT..=PORT + PORTS - 1,
        };
        let mut last = None;
        for port in ports.clone() {
            match TcpListener::bind((ip, port)) {
                Ok(listener) => return Ok(Bound { listener, names: Names::new(ip, &host), ip, host }),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => last = Some(error),
                Err(error) => return Err(error).with_context(|| format!("cannot listen at {ip}, port {port}")),
            }
        }
        let error = last.unwrap_or_else(|| io::ErrorKind::AddrInUse.into());
        let ports = if ports.start() == ports.end() {
            format!("port {} is taken", ports.start())
        } else {
            format!("the ports {} to {} are all taken", ports.start(), ports.end())
        };
        Err(error).context(ports)
    }

    /// Whether other machines can reach it.
    pub fn is_exposed(&self) -> bool {
        !self.ip.is_loopback()
    }

    /// The addresses at which a site below `base` is found: first the one for this machine, then the one for others.
    pub(super) fn addresses(&self, base: &str) -> io::Result<Vec<String>> {
        let port = self.listener.local_addr()?.port();
        let at = |ip: IpAddr| format!("http://{}{base}", SocketAddr::new(ip, port));
        if !self.ip.is_unspecified() {
            let is_name = self.host.parse::<IpAddr>().is_err();
            return Ok(vec![if is_name { format!("http://{}:{port}{base}", self.host) } else { at(self.ip) }]);
        }
        // "All addresses" is none that a browser could ask.
        let loopback = if self.ip.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
        Ok([Some(loopback), outward()].into_iter().flatten().map(at).collect())
    }
}

/// The address of this machine in its network, if it has one. Nothing is sent to find out: to aim at an address is
/// enough (the one taken is reserved for documentation, RFC 5737).
fn outward() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_loopback() && !ip.is_unspecified()).then_some(ip)
}
