//! Two private networks behind a NAT each, and a public one between them: network namespaces of the
//! test's own, with addresses that are in no other.

use std::io::Write;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::Error;

/// What forwards datagrams from inside to outside under another port, and answers back.
const NAT: &str = "table ip nat {
    chain outwards {
        type nat hook postrouting priority srcnat
        oifname \"out\" masquerade random
    }
}
table ip filter {
    chain inwards {
        type filter hook forward priority filter; policy drop
        ct state established,related accept
        iifname \"in\" accept
    }
}
";

/// The networks; they end with this value.
#[derive(Debug)]
pub struct TwoNats {
    /// What their names begin with.
    name: String,
}

impl TwoNats {
    /// Where the public network is spoken on, for servers.
    pub const SERVER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);
    /// Where each phone is, inside: the same address behind both NATs.
    pub const PHONE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

    /// Makes them.
    ///
    /// # Errors
    /// What the system said: namespaces and nftables are for root only, and some containers have
    /// none. Then nothing is tried, and the test has failed.
    pub fn new() -> Result<Self, Error> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("evroute-{}-{number}", std::process::id());
        let nats = Self { name };
        for place in ["public", "nat1", "nat2", "phone1", "phone2"] {
            let space = nats.space(place);
            ip(&["netns", "add", &space])?;
            ip(&["-n", &space, "link", "set", "lo", "up"])?;
        }
        let public = nats.space("public");
        let server = format!("{}/24", Self::SERVER);
        ip(&["-n", &public, "link", "add", "br0", "type", "bridge"])?;
        ip(&["-n", &public, "addr", "add", &server, "dev", "br0"])?;
        ip(&["-n", &public, "link", "set", "br0", "up"])?;
        for number in [1, 2] {
            nats.add_nat(number)?;
        }
        Ok(nats)
    }

    fn add_nat(&self, number: u8) -> Result<(), Error> {
        let [public, nat, phone] = [
            self.space("public"),
            self.space(&format!("nat{number}")),
            self.space(&format!("phone{number}")),
        ];
        let port = format!("p{number}");
        let outside = format!("198.51.100.1{number}/24");
        ip(&[
            "link", "add", "out", "netns", &nat, "type", "veth", "peer", "name", &port, "netns",
            &public,
        ])?;
        ip(&["-n", &public, "link", "set", &port, "master", "br0", "up"])?;
        ip(&["-n", &nat, "addr", "add", &outside, "dev", "out"])?;
        ip(&["-n", &nat, "link", "set", "out", "up"])?;
        let inside = format!("{}/24", Self::PHONE);
        ip(&[
            "link", "add", "in", "netns", &nat, "type", "veth", "peer", "name", "eth0", "netns",
            &phone,
        ])?;
        ip(&["-n", &nat, "addr", "add", "10.0.0.1/24", "dev", "in"])?;
        ip(&["-n", &nat, "link", "set", "in", "up"])?;
        ip(&["-n", &phone, "addr", "add", &inside, "dev", "eth0"])?;
        ip(&["-n", &phone, "link", "set", "eth0", "up"])?;
        ip(&["-n", &phone, "route", "add", "default", "via", "10.0.0.1"])?;
        let forward = "echo 1 > /proc/sys/net/ipv4/ip_forward";
        ip(&["netns", "exec", &nat, "sh", "-c", forward])?;
        said_to(ip_command(&["netns", "exec", &nat, "nft", "-f", "-"]), NAT)
    }

    /// The name of one of them.
    fn space(&self, place: &str) -> String {
        format!("{}-{place}", self.name)
    }

    /// A program that will run in the public network.
    #[must_use]
    pub fn public(&self, program: &Path) -> Command {
        self.command("public", program)
    }

    /// A program that will run where the phone with this number is.
    #[must_use]
    pub fn phone(&self, number: u8, program: &Path) -> Command {
        self.command(&format!("phone{number}"), program)
    }

    fn command(&self, place: &str, program: &Path) -> Command {
        let mut command = ip_command(&["netns", "exec", &self.space(place)]);
        command.arg(program);
        command
    }
}

impl Drop for TwoNats {
    fn drop(&mut self) {
        for place in ["public", "nat1", "nat2", "phone1", "phone2"] {
            // Where one could not be made, it is not there.
            let _ = ip(&["netns", "del", &self.space(place)]);
        }
    }
}

fn ip_command(arguments: &[&str]) -> Command {
    let mut command = Command::new("ip");
    command.args(arguments);
    command
}

fn ip(arguments: &[&str]) -> Result<(), Error> {
    said_to(ip_command(arguments), "")
}

/// Runs a command with this input. One that fails is an error with all that it wrote.
fn said_to(mut command: Command, input: &str) -> Result<(), Error> {
    let name = format!("{command:?}");
    let program = Path::new("ip");
    command.stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().map_err(Error::file("start", program))?;
    if let Some(mut stdin) = process.stdin.take() {
        let failed = Error::file("write to", program);
        stdin.write_all(input.as_bytes()).map_err(failed)?;
    }
    let ended = process.wait_with_output();
    let ended = ended.map_err(Error::file("wait for", program))?;
    if ended.status.success() {
        return Ok(());
    }
    let wrote = String::from_utf8_lossy(&ended.stderr);
    Err(Error::Unreadable(format!(
        "the test needs network namespaces and nftables, and root to make them: {name}: {wrote}"
    )))
}
