;; What is asked of the server, and what becomes of a run that must not go on.

(global $fault (mut i32) (i32.const 0))
(global $fault_length (mut i32) (i32.const 0))
;; What the last function of a module or route returned: $rc.
(global $rc (mut i32) (i32.const 0))
(global $event (mut i32) (i32.const 0))
(global $message (mut i32) (i32.const 0))

;; Ends the run with a sentence: where it stands in the configuration, and what was refused there.
(func $fail (param $where i32) (param $where_length i32) (param $why i32) (param $why_length i32)
  (call $begin)
  (call $put (local.get $where) (local.get $where_length))
  (call $put (local.get $why) (local.get $why_length))
  (call $finish)
  (global.set $fault_length)
  (global.set $fault)
  (i32.store (global.get $link.state) (i32.const 3)))

;; An error of evroute:pv/pv at this address: what it is, and its text.
(func $fail_pv (param $error i32) (param $where i32) (param $where_length i32)
  (local $kind i32)
  (local.set $kind (i32.load8_u (local.get $error)))
  (if (i32.ge_u (local.get $kind) (i32.const 3))
    (then
      (call $fail (local.get $where) (local.get $where_length)
        (i32.load offset=4 (local.get $error)) (i32.load offset=8 (local.get $error)))
      (return)))
  (if (i32.eq (local.get $kind) (i32.const 1))
    (then
      (call $fail (local.get $where) (local.get $where_length) (call $text.not-granted))
      (return)))
  (if (i32.eq (local.get $kind) (i32.const 2))
    (then
      (call $fail (local.get $where) (local.get $where_length) (call $text.not-writable))
      (return)))
  (call $fail (local.get $where) (local.get $where_length) (call $text.not-known)))

;; Reads a variable by its name. $strict: one that is not available here ends the run; otherwise it
;; is null.
(func $pv_get (param $name i32) (param $length i32) (param $where i32) (param $where_length i32) (param $strict i32)
  (result i32)
  (local $area i32)
  (local.set $area (call $alloc (i32.const 24)))
  (call $pv.get (local.get $name) (local.get $length) (local.get $area))
  (if (i32.eqz (i32.load8_u (local.get $area))) (then (return (i32.add (local.get $area) (i32.const 8)))))
  (if (i32.or (local.get $strict) (i32.ne (i32.load8_u offset=8 (local.get $area)) (i32.const 1)))
    (then (call $fail_pv (i32.add (local.get $area) (i32.const 8)) (local.get $where) (local.get $where_length))))
  (i32.const 0))

;; Writes a variable by its name.
(func $pv_set (param $name i32) (param $length i32) (param $cell i32) (param $where i32) (param $where_length i32)
  (local $area i32) (local $tag i32) (local $at i32)
  (local.set $tag (i32.load8_u (local.get $cell)))
  (local.set $area (call $alloc (i32.const 16)))
  (if (i32.le_u (local.get $tag) (i32.const 1))
    (then
      (call $pv.set (local.get $name) (local.get $length) (local.get $tag)
        (i64.load offset=8 (local.get $cell)) (i32.const 0) (local.get $area)))
    (else
      (local.set $at (i32.load offset=8 (local.get $cell)))
      (if (i32.eq (local.get $tag) (i32.const 3))
        (then
          (local.set $tag
            (i32.sub (i32.const 3) (call $is_utf8 (local.get $at) (i32.load offset=12 (local.get $cell)))))))
      (call $pv.set (local.get $name) (local.get $length) (local.get $tag)
        (i64.extend_i32_u (local.get $at)) (i32.load offset=12 (local.get $cell)) (local.get $area))))
  (if (i32.load8_u (local.get $area))
    (then (call $fail_pv (i32.add (local.get $area) (i32.const 4)) (local.get $where) (local.get $where_length)))))

;; Text of the message.
(func $get_method (result i32)
  (local $cell i32)
  (local.set $cell (call $alloc (i32.const 16)))
  (i32.store8 (local.get $cell) (i32.const 2))
  (call $sip.message.method (global.get $message) (i32.add (local.get $cell) (i32.const 8)))
  (local.get $cell))

(func $get_from_uri (result i32)
  (local $cell i32)
  (local.set $cell (call $alloc (i32.const 16)))
  (i32.store8 (local.get $cell) (i32.const 2))
  (call $sip.message.from-uri (global.get $message) (i32.add (local.get $cell) (i32.const 8)))
  (local.get $cell))

(func $get_to_uri (result i32)
  (local $cell i32)
  (local.set $cell (call $alloc (i32.const 16)))
  (i32.store8 (local.get $cell) (i32.const 2))
  (call $sip.message.to-uri (global.get $message) (i32.add (local.get $cell) (i32.const 8)))
  (local.get $cell))

(func $get_call_id (result i32)
  (local $cell i32)
  (local.set $cell (call $alloc (i32.const 16)))
  (i32.store8 (local.get $cell) (i32.const 2))
  (call $sip.message.call-id (global.get $message) (i32.add (local.get $cell) (i32.const 8)))
  (local.get $cell))

;; An option of text at 4 of a fresh cell becomes the cell; the same in those below.
(func $get_request_uri (result i32)
  (local $cell i32)
  (local.set $cell (call $alloc (i32.const 16)))
  (call $sip.message.request-uri (global.get $message) (i32.add (local.get $cell) (i32.const 4)))
  (i32.store8 (local.get $cell) (i32.mul (i32.load8_u offset=4 (local.get $cell)) (i32.const 2)))
  (local.get $cell))

(func $get_from_user (result i32)
  (local $cell i32)
  (local.set $cell (call $alloc (i32.const 16)))
  (call $sip.message.from-user (global.get $message) (i32.add (local.get $cell) (i32.const 4)))
  (i32.store8 (local.get $cell) (i32.mul (i32.load8_u offset=4 (local.get $cell)) (i32.const 2)))
  (local.get $cell))

(func $get_from_tag (result i32)
  (local $cell i32)
  (local.set $cell (call $alloc (i32.const 16)))
  (call $sip.message.from-tag (global.get $message) (i32.add (local.get $cell) (i32.const 4)))
  (i32.store8 (local.get $cell) (i32.mul (i32.load8_u offset=4 (local.get $cell)) (i32.const 2)))
  (local.get $cell))

(func $get_to_user (result i32)
  (local $cell i32)
  (local.set $cell (call $alloc (i32.const 16)))
  (call $sip.message.to-user (global.get $message) (i32.add (local.get $cell) (i32.const 4)))
  (i32.store8 (local.get $cell) (i32.mul (i32.load8_u offset=4 (local.get $cell)) (i32.const 2)))
  (local.get $cell))

(func $get_to_tag (result i32)
  (local $cell i32)
  (local.set $cell (call $alloc (i32.const 16)))
  (call $sip.message.to-tag (global.get $message) (i32.add (local.get $cell) (i32.const 4)))
  (i32.store8 (local.get $cell) (i32.mul (i32.load8_u offset=4 (local.get $cell)) (i32.const 2)))
  (local.get $cell))

;; Bytes that are no SIP message: $mb, at most 4096 of them.
(func $get_raw (result i32)
  (local $cell i32)
  (local.set $cell (call $text_cell (i32.const 0) (i32.const 0) (i32.const 3)))
  (call $core.receive-parse-error-event.raw (global.get $event) (i32.const 4096) (i32.add (local.get $cell) (i32.const 8)))
  (local.get $cell))

(func $get_length (result i32)
  (call $int_cell (i64.extend_i32_u (call $core.receive-parse-error-event.length (global.get $event)))))

;; $shtrecord
(func $get_record_key (result i32)
  (local $cell i32)
  (local.set $cell (call $event_text (i32.const 2)))
  (call $htable.expired-event.key (global.get $event) (i32.add (local.get $cell) (i32.const 8)))
  (local.get $cell))

(func $get_record_value (result i32)
  (local $cell i32)
  (local.set $cell (call $alloc (i32.const 16)))
  (call $htable.expired-event.value (global.get $event) (local.get $cell))
  (local.get $cell))

;; How long an entry whose time is over stays, in seconds; 0 when it does not.
(global $extension (mut i32) (i32.const 0))

(func $extend (param $seconds i64)
  (if (i64.lt_s (local.get $seconds) (i64.const 0)) (then (local.set $seconds (i64.const 0))))
  (if (i64.gt_s (local.get $seconds) (i64.const 0xffffffff)) (then (local.set $seconds (i64.const 0xffffffff))))
  (global.set $extension (i32.wrap_i64 (local.get $seconds))))

;; A text of the event that is called by a number: an address of a record.
(func $event_text (param $tag i32) (result i32)
  (call $text_cell (i32.const 0) (i32.const 0) (local.get $tag)))

(func $get_ulc_addr (result i32)
  (local $cell i32)
  (local.set $cell (call $event_text (i32.const 2)))
  (call $usrloc.contact-expired-event.contact (global.get $event) (i32.add (local.get $cell) (i32.const 8)))
  (local.get $cell))

(func $get_ulc_aor (result i32)
  (local $cell i32)
  (local.set $cell (call $event_text (i32.const 2)))
  (call $usrloc.contact-expired-event.aor (global.get $event) (i32.add (local.get $cell) (i32.const 8)))
  (local.get $cell))

(func $get_ulc_received (result i32)
  (local $cell i32)
  (local.set $cell (call $event_text (i32.const 2)))
  (call $usrloc.contact-expired-event.received (global.get $event) (i32.add (local.get $cell) (i32.const 8)))
  (local.get $cell))

(func $get_ulc_callid (result i32)
  (local $cell i32)
  (local.set $cell (call $event_text (i32.const 2)))
  (call $usrloc.contact-expired-event.call-id (global.get $event) (i32.add (local.get $cell) (i32.const 8)))
  (local.get $cell))

(func $get_ulc_user_agent (result i32)
  (local $cell i32)
  (local.set $cell (call $alloc (i32.const 16)))
  (call $usrloc.contact-expired-event.user-agent (global.get $event) (i32.add (local.get $cell) (i32.const 4)))
  (i32.store8 (local.get $cell) (i32.mul (i32.load8_u offset=4 (local.get $cell)) (i32.const 3)))
  (local.get $cell))

(func $get_ulc_expires (result i32)
  (call $int_cell (call $usrloc.contact-expired-event.expired-at (global.get $event))))

;; A parameter of a custom event, by its name.
(func $get_parameter (param $name i32) (param $length i32) (result i32)
  (local $cell i32)
  (local.set $cell (call $alloc (i32.const 16)))
  (call $custom.custom-event.get (global.get $event) (local.get $name) (local.get $length) (local.get $cell))
  (local.get $cell))

;; Whether the event filter of an event is this one; $read is done by the caller.
(func $segment_is (param $area i32) (param $name i32) (param $length i32) (result i32)
  (call $same (i32.load (local.get $area)) (i32.load offset=4 (local.get $area)) (local.get $name) (local.get $length)))

;; $avp: a chain of what was assigned, the newest first.
(func $push (param $head i32) (param $cell i32) (result i32)
  (local $link i32)
  (if (i32.eqz (i32.load8_u (local.get $cell))) (then (return (local.get $head))))
  (local.set $link (call $alloc (i32.const 8)))
  (i32.store (local.get $link) (local.get $head))
  (i32.store offset=4 (local.get $link) (local.get $cell))
  (local.get $link))

(func $pop (param $head i32) (result i32)
  (if (result i32) (local.get $head) (then (i32.load (local.get $head))) (else (i32.const 0))))

;; What `$avp(x) = value` makes of the chain: null takes the newest one away.
(func $assign_avp (param $head i32) (param $cell i32) (result i32)
  (if (i32.eqz (i32.load8_u (local.get $cell))) (then (return (call $pop (local.get $head)))))
  (call $push (local.get $head) (local.get $cell)))

(func $chained (param $head i32) (param $index i32) (result i32)
  (block $out
    (loop $next
      (br_if $out (i32.eqz (local.get $head)))
      (if (i32.eqz (local.get $index)) (then (return (i32.load offset=4 (local.get $head)))))
      (local.set $head (i32.load (local.get $head)))
      (local.set $index (i32.sub (local.get $index) (i32.const 1)))
      (br $next)))
  (i32.const 0))

;; The same by a value: one that is no number, as Kamailio has it, is no index.
(func $chained_at (param $head i32) (param $cell i32) (result i32)
  (local $index i64)
  (if (i32.ne (i32.load8_u (local.get $cell)) (i32.const 1)) (then (return (i32.const 16))))
  (local.set $index (i64.load offset=8 (local.get $cell)))
  (if (i64.gt_u (local.get $index) (i64.const 0x7fffffff)) (then (return (i32.const 0))))
  (call $chained (local.get $head) (i32.wrap_i64 (local.get $index))))

;; All values with a comma and a blank between them.
(func $chained_all (param $head i32) (result i32)
  (if (i32.eqz (local.get $head)) (then (return (i32.const 0))))
  (call $begin)
  (loop $next
    (call $put_value (i32.load offset=4 (local.get $head)))
    (local.set $head (i32.load (local.get $head)))
    (if (local.get $head)
      (then
        (call $put (call $text.comma))
        (br $next))))
  (call $finish_cell))
