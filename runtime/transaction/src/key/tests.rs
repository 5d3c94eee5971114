use super::*;

fn parts<'a>(method: &'a [u8]) -> ServerParts<'a> {
    ServerParts {
        branch: b"z9hG4bK-1",
        host: b"a.example",
        port: 5060,
        cseq: 7,
        method,
    }
}

fn legacy<'a>(method: &'a [u8], to_tag: &'a [u8]) -> LegacyParts<'a> {
    LegacyParts {
        via: b"SIP/2.0/UDP a.example",
        request_uri: b"sip:b@b.example",
        call_id: b"1@a.example",
        cseq: 7,
        from_tag: b"f",
        to_tag,
        method,
    }
}

#[test]
fn the_same_request_has_the_same_key() {
    let keys = KeyMaker::new();
    assert_eq!(
        keys.server(&parts(b"INVITE")),
        keys.server(&parts(b"INVITE"))
    );
    assert_eq!(
        keys.server(&parts(b"FOO")),
        keys.clone().server(&parts(b"FOO"))
    );
}

#[test]
fn every_part_tells_transactions_apart() {
    let keys = KeyMaker::new();
    let key = keys.server(&parts(b"OPTIONS"));
    for other in [
        ServerParts {
            branch: b"z9hG4bK-2",
            ..parts(b"OPTIONS")
        },
        ServerParts {
            branch: b"z9hg4bk-1",
            ..parts(b"OPTIONS")
        },
        ServerParts {
            host: b"c.example",
            ..parts(b"OPTIONS")
        },
        ServerParts {
            port: 5061,
            ..parts(b"OPTIONS")
        },
        ServerParts {
            cseq: 8,
            ..parts(b"OPTIONS")
        },
        parts(b"MESSAGE"),
        parts(b"options"),
    ] {
        assert_ne!(key, keys.server(&other), "{other:?}");
    }
}

#[test]
fn two_senders_with_one_branch_are_two_transactions() {
    let keys = KeyMaker::new();
    let other = ServerParts {
        host: b"192.0.2.9",
        ..parts(b"INVITE")
    };
    assert_ne!(keys.server(&parts(b"INVITE")), keys.server(&other));
}

#[test]
fn the_sent_by_host_has_no_case() {
    let keys = KeyMaker::new();
    let long = [b'A'; 200];
    let upper = ServerParts {
        host: &long,
        ..parts(b"INVITE")
    };
    let lower = ServerParts {
        host: &long.map(|byte| byte.to_ascii_lowercase()),
        ..upper
    };
    assert_eq!(keys.server(&upper), keys.server(&lower));
}

#[test]
fn bytes_do_not_wander_between_parts() {
    let keys = KeyMaker::new();
    let one = ServerParts {
        branch: b"ab",
        host: b"c",
        ..parts(b"INVITE")
    };
    let other = ServerParts {
        branch: b"a",
        host: b"bc",
        ..parts(b"INVITE")
    };
    assert_ne!(keys.server(&one), keys.server(&other));
}

#[test]
fn without_the_cookie_bytes_do_not_wander_either() {
    let keys = KeyMaker::new();
    let one = LegacyParts {
        via: b"ab",
        request_uri: b"c",
        ..legacy(b"INVITE", b"")
    };
    let other = LegacyParts {
        via: b"a",
        request_uri: b"bc",
        ..legacy(b"INVITE", b"")
    };
    assert_ne!(keys.legacy(&one), keys.legacy(&other));
}

#[test]
fn an_ack_has_the_key_of_its_invite() {
    let keys = KeyMaker::new();
    let (invite, ack) = (keys.server(&parts(b"INVITE")), keys.server(&parts(b"ACK")));
    assert_eq!(invite.own, ack.own);
    assert_eq!(
        (invite.kind(), ack.kind()),
        (ServerKind::Invite, ServerKind::Ack)
    );
}

#[test]
fn a_cancel_has_its_own_key_and_names_its_invite() {
    let keys = KeyMaker::new();
    let (invite, cancel) = (
        keys.server(&parts(b"INVITE")),
        keys.server(&parts(b"CANCEL")),
    );
    assert_ne!(invite.own, cancel.own);
    assert_eq!(cancel.invite(), invite.own);
}

#[test]
fn invite_ack_and_cancel_share_a_shard_on_both_sides() {
    let keys = KeyMaker::new();
    for shards in [0, 1, 2, 7, 64] {
        let shard = keys.server(&parts(b"INVITE")).shard(shards);
        assert!(shard < shards.max(1));
        assert_eq!(shard, keys.server(&parts(b"ACK")).shard(shards));
        assert_eq!(shard, keys.server(&parts(b"CANCEL")).shard(shards));
        let shard = keys.client(b"z9hG4bK-1", b"INVITE").shard(shards);
        assert_eq!(shard, keys.client(b"z9hG4bK-1", b"CANCEL").shard(shards));
    }
}

#[test]
fn shards_are_used_evenly() {
    let keys = KeyMaker::new();
    let mut counts = [0u32; 16];
    for number in 0..16_000 {
        counts[keys
            .client(format!("z9hG4bK{number}").as_bytes(), b"INVITE")
            .shard(16)] += 1;
    }
    assert!(
        counts.iter().all(|count| (800..1200).contains(count)),
        "{counts:?}"
    );
}

#[test]
fn a_client_key_is_branch_and_method() {
    let keys = KeyMaker::new();
    let key = keys.client(b"z9hG4bK-1", b"INVITE");
    assert_eq!(key, keys.client(b"z9hG4bK-1", b"INVITE"));
    assert_ne!(key, keys.client(b"z9hG4bK-1", b"CANCEL"));
    assert_ne!(key, keys.client(b"z9hG4bK-2", b"INVITE"));
    assert!(key.is_invite() && !keys.client(b"z9hG4bK-1", b"CANCEL").is_invite());
}

#[test]
fn requests_we_sent_never_match_requests_that_came_in() {
    let keys = KeyMaker::new();
    let server = keys.server(&ServerParts {
        host: b"",
        port: 0,
        ..parts(b"INVITE")
    });
    assert_ne!(server.own, keys.client(b"z9hG4bK-1", b"INVITE").own);
}

#[test]
fn keys_of_two_makers_never_match() {
    let (one, other) = (KeyMaker::new(), KeyMaker::new());
    assert_ne!(
        one.server(&parts(b"INVITE")),
        other.server(&parts(b"INVITE"))
    );
}

#[test]
fn without_the_cookie_every_part_of_rfc_2543_counts() {
    let keys = KeyMaker::new();
    let key = keys.legacy(&legacy(b"OPTIONS", b""));
    assert_eq!(key, keys.legacy(&legacy(b"OPTIONS", b"")));
    for other in [
        LegacyParts {
            via: b"SIP/2.0/UDP c.example",
            ..legacy(b"OPTIONS", b"")
        },
        LegacyParts {
            request_uri: b"sip:c@b.example",
            ..legacy(b"OPTIONS", b"")
        },
        LegacyParts {
            call_id: b"2@a.example",
            ..legacy(b"OPTIONS", b"")
        },
        LegacyParts {
            cseq: 8,
            ..legacy(b"OPTIONS", b"")
        },
        LegacyParts {
            from_tag: b"g",
            ..legacy(b"OPTIONS", b"")
        },
        legacy(b"OPTIONS", b"t"),
        legacy(b"MESSAGE", b""),
    ] {
        assert_ne!(key, keys.legacy(&other), "{other:?}");
    }
}

#[test]
fn without_the_cookie_an_ack_matches_its_invite_whatever_tag_the_answer_had() {
    let keys = KeyMaker::new();
    let invite = keys.legacy(&legacy(b"INVITE", b""));
    assert_eq!(
        invite.own,
        keys.legacy(&legacy(b"ACK", b"from the 486")).own
    );
    assert_eq!(invite.own, keys.legacy(&legacy(b"CANCEL", b"")).invite());
}
