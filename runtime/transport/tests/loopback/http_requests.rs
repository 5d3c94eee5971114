//! Requests of HTTP, and whoever answers them.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use evroute_http::{HttpRefusal, HttpReply, HttpRequest};
use evroute_transport::{
    Config, Flow, HttpAdmission, HttpAnswer, HttpExchange, HttpReceiver, Listen, Proto,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::{Bench, LOOPBACK, within};

/// Longer than any test.
const LONG: Duration = Duration::from_secs(60);

/// Answers by the path, with the method and the body.
#[derive(Default)]
struct Pages {
    /// Places that are held.
    places: Arc<AtomicUsize>,
    /// Answers that are being made.
    asked: Arc<AtomicUsize>,
    /// One is that will never be there.
    hangs: Arc<Notify>,
}

/// One more, until it is dropped.
struct Held(Arc<AtomicUsize>);

impl Held {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl HttpReceiver for Pages {
    fn admit(&self, head: &HttpRequest, _: &Flow) -> HttpAdmission {
        match head.path() {
            "/nobody" => return HttpAdmission::Nobody,
            "/refused" => return HttpAdmission::Refused(HttpRefusal::UNAVAILABLE),
            "/panic-at-once" => panic!("asked for"),
            _ => {}
        }
        let (asked, hangs) = (Arc::clone(&self.asked), Arc::clone(&self.hangs));
        HttpAdmission::Admitted(HttpExchange {
            body_bytes_max: 100,
            answer: Box::new(|request| {
                Box::pin(async move {
                    let _asked = Held::new(&asked);
                    match request.path() {
                        "/panic" => panic!("asked for"),
                        "/never" => {
                            hangs.notify_one();
                            std::future::pending().await
                        }
                        "/close" => HttpAnswer::Close,
                        _ => HttpAnswer::Reply(HttpReply {
                            body: [request.method.as_bytes(), &request.body].concat().into(),
                            ..HttpReply::of(200)
                        }),
                    }
                })
            }),
            place: Box::new(Held::new(&self.places)) as Box<dyn Any + Send>,
        })
    }
}

fn bench(pages: Pages, idle_timeout: Duration) -> Bench {
    let listen = || {
        vec![Listen {
            proto: Proto::Tcp,
            addr: LOOPBACK,
        }]
    };
    let mut config = Config::listening_on(listen());
    config.tcp.message_timeout = Duration::from_secs(3);
    config.http.listen = listen();
    config.http.idle_timeout = idle_timeout;
    let bench = Bench::with(config);
    bench.transport.answer_http_by(Arc::new(pages));
    bench
}

/// All that comes for these bytes, until the connection is closed.
async fn asked(bench: &Bench, bytes: &[u8]) -> String {
    let http = bench.transport.listening_http()[0].addr;
    let mut answers: Vec<String> = Vec::new();
    for to in [bench.addr(), http] {
        let mut client = TcpStream::connect(to).await.unwrap();
        client.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        within(client.read_to_end(&mut answer)).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let lines = answer.split_inclusive("\r\n");
        answers.push(lines.filter(|line| !line.starts_with("Date: ")).collect());
    }
    assert_eq!(
        answers[0], answers[1],
        "where SIP is spoken, and where HTTP alone is"
    );
    answers.remove(0)
}

fn request(line: &str, more: &str) -> Vec<u8> {
    format!("{line} HTTP/1.1\r\nHost: a\r\n{more}\r\n").into_bytes()
}

#[tokio::test]
async fn requests_are_answered_one_after_the_other_until_the_last() {
    let pages = Pages::default();
    let (places, under_way) = (Arc::clone(&pages.places), Arc::clone(&pages.asked));
    let bench = bench(pages, LONG);
    let all = [
        request("GET /1", ""),
        b"\r\n".to_vec(),
        request("POST /2", "Content-Length: 5\r\n"),
        b"hello".to_vec(),
        request("HEAD /3", ""),
        request("GET /4", "Connection: close\r\n"),
        request("GET /never", ""),
    ];
    let answers = asked(&bench, &all.concat()).await;
    assert_eq!(
        answers.matches("HTTP/1.1 200 OK\r\n").count(),
        4,
        "{answers}"
    );
    assert!(answers.contains("\r\n\r\nPOSThello"), "{answers}");
    assert!(
        answers.ends_with("Connection: close\r\n\r\nGET"),
        "{answers}"
    );
    assert_eq!(places.load(Ordering::SeqCst), 0);
    assert_eq!(under_way.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_breaks_or_is_refused_is_answered_and_the_next_connection_is_well() {
    let bench = bench(Pages::default(), Duration::from_millis(200));
    for (line, more, status) in [
        ("GET /nobody", "", "404 Not Found"),
        (
            "POST /nobody",
            "Transfer-Encoding: chunked\r\n",
            "404 Not Found",
        ),
        ("GET /refused", "", "503 Service Unavailable"),
        ("GET /panic", "", "500 Internal Server Error"),
        ("GET /panic-at-once", "", "500 Internal Server Error"),
        (
            "POST /x",
            "Content-Length: 101\r\n",
            "413 Content Too Large",
        ),
        ("POST /x", "Content-Length: 5\r\n", "408 Request Timeout"),
    ] {
        let answer = asked(&bench, &request(line, more)).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}\r\n")),
            "{line}: {answer}"
        );
        assert!(answer.contains("\r\nConnection: close\r\n"), "{answer}");
    }
    assert_eq!(asked(&bench, &request("GET /close", "")).await, "");
    // One that stays is closed after its time, without a word.
    let answer = asked(&bench, &request("GET /1", "")).await;
    assert!(answer.ends_with("\r\n\r\nGET"), "{answer}");
}

#[tokio::test]
async fn a_client_that_waits_is_told_to_go_on_and_one_that_goes_is_forgotten() {
    let pages = Pages::default();
    let (under_way, hangs) = (Arc::clone(&pages.asked), Arc::clone(&pages.hangs));
    let bench = bench(pages, LONG);
    let mut client = TcpStream::connect(bench.addr()).await.unwrap();
    let head = request("PUT /1", "Content-Length: 2\r\nExpect: 100-continue\r\n");
    client.write_all(&head).await.unwrap();
    let mut go_on = [0; 25];
    within(client.read_exact(&mut go_on)).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    client.write_all(b"hi").await.unwrap();
    let mut answer = vec![0; 4096];
    let length = within(client.read(&mut answer)).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(answer.ends_with("\r\n\r\nPUThi"), "{answer}");
    // What is under way ends with the server.
    client.write_all(&request("GET /never", "")).await.unwrap();
    within(hangs.notified()).await;
    assert_eq!(under_way.load(Ordering::SeqCst), 1);
    bench.drain().await;
    assert_eq!(under_way.load(Ordering::SeqCst), 0);
}
