;; Functions of Kamailio's modules. Each returns what it returns there: 1 or -1.

(func $has_totag (result i32)
  (select (i32.const -1) (i32.const 1) (call $is_null (call $get_to_tag))))

(func $is_present_hf (param $name i32) (param $length i32) (result i32)
  (local $area i32)
  (local.set $area (call $alloc (i32.const 16)))
  (call $sip.message.header (global.get $message) (local.get $name) (local.get $length) (local.get $area))
  (select (i32.const 1) (i32.const -1) (i32.load8_u (local.get $area))))

;; append_hf("Name: value\r\nOther: value\r\n"): what follows the second parameter in Kamailio is a
;; place, and the end is the place here.
(func $append_hf (param $at i32) (param $length i32) (param $after i32) (param $after_length i32)
  (param $where i32) (param $where_length i32) (result i32)
  (local $stop i32) (local $end i32) (local $done i32)
  (local.set $stop (i32.add (local.get $at) (local.get $length)))
  (loop $fields
    (local.set $end (call $field_end (local.get $at) (local.get $stop)))
    (call $trim_param (local.get $at) (i32.sub (local.get $end) (local.get $at)))
    (if (global.get $param_length)
      (then
        (if (i32.eqz (call $add_field (global.get $param) (global.get $param_length)
              (local.get $where) (local.get $where_length) (i32.const 0)))
          (then (return (i32.const -1))))
        (local.set $done (i32.const 1))))
    (local.set $at (local.get $end))
    (br_if $fields (i32.lt_u (local.get $at) (local.get $stop))))
  (select (i32.const 1) (i32.const -1) (local.get $done)))

;; insert_hf("Name: value\r\nOther: value\r\n"): above the fields of the same name. The order of
;; fields of different names says nothing (RFC 3261 7.3.1). The last is put there first.
(func $insert_hf (param $at i32) (param $length i32) (param $before i32) (param $before_length i32)
  (param $where i32) (param $where_length i32) (result i32)
  (local $end i32) (local $rest i32) (local $behind i32)
  (local.set $end (call $field_end (local.get $at) (i32.add (local.get $at) (local.get $length))))
  (local.set $rest (i32.sub (i32.add (local.get $at) (local.get $length)) (local.get $end)))
  (local.set $behind (i32.const 1))
  (call $trim_param (local.get $end) (local.get $rest))
  (if (global.get $param_length)
    (then
      (local.set $behind
        (call $insert_hf (local.get $end) (local.get $rest) (i32.const 0) (i32.const 0)
          (local.get $where) (local.get $where_length)))
      (if (i32.ne (local.get $behind) (i32.const 1)) (then (return (i32.const -1))))))
  (call $trim_param (local.get $at) (i32.sub (local.get $end) (local.get $at)))
  (if (i32.eqz (global.get $param_length)) (then (return (i32.const -1))))
  (select
    (i32.const 1)
    (i32.const -1)
    (call $add_field (global.get $param) (global.get $param_length)
      (local.get $where) (local.get $where_length) (i32.const 1))))

;; Where the field that begins here ends, its line end counted in: a line that begins with a blank
;; goes on with it.
(func $field_end (param $at i32) (param $stop i32) (result i32)
  (local $next i32)
  (block $found
    (loop $scan
      (br_if $found (i32.ge_u (local.get $at) (local.get $stop)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $scan (i32.ne (i32.load8_u (i32.sub (local.get $at) (i32.const 1))) (i32.const 10)))
      (br_if $found (i32.ge_u (local.get $at) (local.get $stop)))
      (local.set $next (i32.load8_u (local.get $at)))
      (br_if $scan (i32.or (i32.eq (local.get $next) (i32.const 32)) (i32.eq (local.get $next) (i32.const 9))))))
  (local.get $at))

;; A field without blanks around it: how long its name is, which stands first, and its value, on one
;; line, in $param. 0 where it has no name, which the log says.
(global $field_name_length (mut i32) (i32.const 0))

(func $split_field (param $at i32) (param $length i32) (param $where i32) (param $where_length i32) (result i32)
  (local $colon i32)
  (local.set $colon (call $find (local.get $at) (local.get $length) (i32.const 58)))
  (if (i32.le_s (local.get $colon) (i32.const 0))
    (then
      (call $log_fault (local.get $where) (local.get $where_length) (call $text.no-name))
      (return (i32.const 0))))
  (call $trim_param (local.get $at) (local.get $colon))
  (global.set $field_name_length (global.get $param_length))
  (local.set $colon (i32.add (local.get $colon) (i32.const 1)))
  (call $trim_param (i32.add (local.get $at) (local.get $colon)) (i32.sub (local.get $length) (local.get $colon)))
  (call $unfolded (global.get $param) (global.get $param_length))
  (global.set $param_length)
  (global.set $param)
  (i32.const 1))

;; One field, and whether it was added: behind those of its name, or above them.
(func $add_field (param $at i32) (param $length i32) (param $where i32) (param $where_length i32) (param $above i32)
  (result i32)
  (local $area i32) (local $old i32) (local $count i32) (local $added i32)
  (if (i32.eqz (call $split_field (local.get $at) (local.get $length) (local.get $where) (local.get $where_length)))
    (then (return (i32.const 0))))
  (local.set $area (call $alloc (i32.const 16)))
  (if (local.get $above)
    (then
      (call $sip.message.headers (global.get $message) (local.get $at) (global.get $field_name_length) (i32.const -1)
        (local.get $area))
      (local.set $old (i32.load (local.get $area)))
      (local.set $count (i32.load offset=4 (local.get $area)))
      (if (local.get $count)
        (then
          (call $sip.message.remove-headers (global.get $message) (local.get $at) (global.get $field_name_length) (local.get $area))
          ;; The server says in the log why it refuses.
          (if (i32.load8_u (local.get $area)) (then (return (i32.const 0))))))))
  (call $sip.message.append-header (global.get $message) (local.get $at) (global.get $field_name_length)
    (global.get $param) (global.get $param_length) (local.get $area))
  (local.set $added (i32.eqz (i32.load8_u (local.get $area))))
  (block $done
    (loop $each
      (br_if $done (i32.eqz (local.get $count)))
      (call $sip.message.append-header (global.get $message) (local.get $at) (global.get $field_name_length)
        (i32.load (local.get $old)) (i32.load offset=4 (local.get $old)) (local.get $area))
      (local.set $old (i32.add (local.get $old) (i32.const 8)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $each)))
  (local.get $added))

;; A field's value in one line: each end of a line, with the blanks behind it, becomes one blank.
(func $unfolded (param $at i32) (param $length i32) (result i32 i32)
  (local $stop i32) (local $c i32) (local $skips i32)
  (if (i32.eq (call $find (local.get $at) (local.get $length) (i32.const 10)) (i32.const -1))
    (then (return (local.get $at) (local.get $length))))
  (local.set $stop (i32.add (local.get $at) (local.get $length)))
  (call $begin)
  (loop $next
    (local.set $c (i32.load8_u (local.get $at)))
    (if (i32.or (i32.eq (local.get $c) (i32.const 13)) (i32.eq (local.get $c) (i32.const 10)))
      (then
        (if (i32.eqz (local.get $skips)) (then (call $put_byte (i32.const 32))))
        (local.set $skips (i32.const 1)))
      (else
        (if (i32.eqz (i32.and (local.get $skips) (call $is_space (local.get $c))))
          (then
            (local.set $skips (i32.const 0))
            (call $put_byte (local.get $c))))))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (br_if $next (i32.lt_u (local.get $at) (local.get $stop))))
  (call $finish))

;; A line of the log about something that did not work and does not end the run.
(func $log_fault (param $where i32) (param $where_length i32) (param $why i32) (param $why_length i32)
  (call $begin)
  (call $put (local.get $where) (local.get $where_length))
  (call $put (local.get $why) (local.get $why_length))
  (call $log_error (call $finish)))

(func $remove_hf (param $name i32) (param $length i32) (result i32)
  (local $area i32)
  (local.set $area (call $alloc (i32.const 16)))
  (call $sip.message.remove-headers (global.get $message) (local.get $name) (local.get $length) (local.get $area))
  (if (i32.load8_u (local.get $area)) (then (return (i32.const -1))))
  (select (i32.const 1) (i32.const -1) (i32.load offset=4 (local.get $area))))

;; append_to_reply("Name: value\r\nOther: value\r\n"): added to the answer that the block gives.
(func $append_to_reply (param $at i32) (param $length i32) (param $where i32) (param $where_length i32) (result i32)
  (local $stop i32) (local $end i32) (local $done i32)
  (local.set $stop (i32.add (local.get $at) (local.get $length)))
  (loop $fields
    (local.set $end (call $field_end (local.get $at) (local.get $stop)))
    (call $trim_param (local.get $at) (i32.sub (local.get $end) (local.get $at)))
    (if (global.get $param_length)
      (then
        (if (i32.eqz (call $add_to_reply (global.get $param) (global.get $param_length)
              (local.get $where) (local.get $where_length)))
          (then (return (i32.const -1))))
        (local.set $done (i32.const 1))))
    (local.set $at (local.get $end))
    (br_if $fields (i32.lt_u (local.get $at) (local.get $stop))))
  (select (i32.const 1) (i32.const -1) (local.get $done)))

;; One field of the answer, and whether it was added. The server says in the log why it refuses.
(func $add_to_reply (param $at i32) (param $length i32) (param $where i32) (param $where_length i32) (result i32)
  (local $area i32)
  (if (i32.eqz (call $split_field (local.get $at) (local.get $length) (local.get $where) (local.get $where_length)))
    (then (return (i32.const 0))))
  (local.set $area (call $alloc (i32.const 16)))
  (call $reply.append-header (local.get $at) (global.get $field_name_length)
    (global.get $param) (global.get $param_length) (local.get $area))
  (i32.eqz (i32.load8_u (local.get $area))))

(func $set_reply_body (param $body i32) (param $length i32) (param $type i32) (param $type_length i32) (result i32)
  (local $area i32)
  (local.set $area (call $alloc (i32.const 16)))
  (call $reply.set-body (local.get $type) (local.get $type_length)
    (local.get $body) (local.get $length) (local.get $area))
  (select (i32.const -1) (i32.const 1) (i32.load8_u (local.get $area))))

;; Where the first field stands, from a place on, whose name matches the tables of a pattern, and -1
;; where there is none. Its name is in $param then.
(func $named_like (param $classes i32) (param $steps i32) (param $ends i32) (param $count i32) (param $place i32)
  (result i32)
  (local $area i32)
  (local.set $area (call $alloc (i32.const 16)))
  (loop $next
    (call $headers.name (local.get $place) (local.get $area))
    (if (i32.eqz (i32.load8_u (local.get $area))) (then (return (i32.const -1))))
    (global.set $param (i32.load offset=4 (local.get $area)))
    (global.set $param_length (i32.load offset=8 (local.get $area)))
    (if
      (call $matches
        (call $text_cell (global.get $param) (global.get $param_length) (i32.const 2))
        (local.get $classes) (local.get $steps) (local.get $ends) (local.get $count))
      (then (return (local.get $place))))
    (local.set $place (i32.add (local.get $place) (i32.const 1)))
    (br $next))
  (unreachable))

(func $is_present_hf_re (param $classes i32) (param $steps i32) (param $ends i32) (param $count i32) (result i32)
  (select
    (i32.const -1)
    (i32.const 1)
    (i32.lt_s
      (call $named_like (local.get $classes) (local.get $steps) (local.get $ends) (local.get $count) (i32.const 0))
      (i32.const 0))))

;; Fields of the server's stay, and the log says so.
(func $remove_hf_re (param $classes i32) (param $steps i32) (param $ends i32) (param $count i32) (result i32)
  (local $place i32) (local $done i32)
  (block $all
    (loop $next
      (local.set $place
        (call $named_like (local.get $classes) (local.get $steps) (local.get $ends) (local.get $count)
          (local.get $place)))
      (br_if $all (i32.lt_s (local.get $place) (i32.const 0)))
      ;; What is removed leaves its place to the next one.
      (if (i32.eq (call $remove_hf (global.get $param) (global.get $param_length)) (i32.const 1))
        (then (local.set $done (i32.const 1)))
        (else (local.set $place (i32.add (local.get $place) (i32.const 1)))))
      (br $next)))
  (select (i32.const 1) (i32.const -1) (local.get $done)))

(func $set_body (param $body i32) (param $length i32) (param $type i32) (param $type_length i32) (result i32)
  (local $area i32)
  (local.set $area (call $alloc (i32.const 16)))
  (call $sip.message.set-body (global.get $message)
    (i32.ne (local.get $type_length) (i32.const 0)) (local.get $type) (local.get $type_length)
    (local.get $body) (local.get $length) (local.get $area))
  (select (i32.const -1) (i32.const 1) (i32.load8_u (local.get $area))))

;; sht_rm("table", "key")
(func $sht_rm (param $table i32) (param $table_length i32) (param $key i32) (param $key_length i32) (result i32)
  (local $name i32) (local $length i32)
  (call $begin)
  (call $put (call $text.sht))
  (call $put (local.get $table) (local.get $table_length))
  (call $put (call $text.arrow))
  (call $put (local.get $key) (local.get $key_length))
  (call $put (call $text.close))
  (call $finish)
  (local.set $length)
  (local.set $name)
  (call $pv_set (local.get $name) (local.get $length) (i32.const 0) (local.get $name) (local.get $length))
  (i32.const 1))

;; The Request-URI and the next hop.
(func $write_text (param $at i32) (param $length i32) (param $name i32) (param $name_length i32)
  (param $where i32) (param $where_length i32) (result i32)
  (call $pv_set (local.get $name) (local.get $name_length)
    (call $text_cell (local.get $at) (local.get $length) (i32.const 3))
    (local.get $where) (local.get $where_length))
  (i32.const 1))

(func $set_uri (param $at i32) (param $length i32) (param $where i32) (param $where_length i32) (result i32)
  (call $write_text (local.get $at) (local.get $length) (call $text.ru) (local.get $where) (local.get $where_length)))

(func $set_user (param $at i32) (param $length i32) (param $where i32) (param $where_length i32) (result i32)
  (call $write_text (local.get $at) (local.get $length) (call $text.rU) (local.get $where) (local.get $where_length)))

(func $set_host (param $at i32) (param $length i32) (param $where i32) (param $where_length i32) (result i32)
  (call $write_text (local.get $at) (local.get $length) (call $text.rd) (local.get $where) (local.get $where_length)))

(func $set_port (param $at i32) (param $length i32) (param $where i32) (param $where_length i32) (result i32)
  (call $write_text (local.get $at) (local.get $length) (call $text.rp) (local.get $where) (local.get $where_length)))

(func $set_next_hop (param $at i32) (param $length i32) (param $where i32) (param $where_length i32) (result i32)
  (call $write_text (local.get $at) (local.get $length) (call $text.du) (local.get $where) (local.get $where_length)))

(func $reset_next_hop (param $where i32) (param $where_length i32) (result i32)
  (call $set_next_hop (i32.const 0) (i32.const 0) (local.get $where) (local.get $where_length)))

(func $is_next_hop_set (result i32)
  (call $is_set (call $pv_get (call $text.du) (call $text.du-place) (i32.const 0))))

;; rewritehostport("host:port"); without a port there is none any more.
(func $set_host_port (param $at i32) (param $length i32) (param $where i32) (param $where_length i32) (result i32)
  (local $skip i32) (local $colon i32)
  (local.set $skip (call $find (local.get $at) (local.get $length) (i32.const 93)))
  (if (i32.eq (local.get $skip) (i32.const -1)) (then (local.set $skip (i32.const 0))))
  (local.set $colon
    (call $find
      (i32.add (local.get $at) (local.get $skip))
      (i32.sub (local.get $length) (local.get $skip))
      (i32.const 58)))
  (local.set $colon
    (select
      (local.get $length)
      (i32.add (local.get $colon) (local.get $skip))
      (i32.eq (local.get $colon) (i32.const -1))))
  (drop (call $set_host (local.get $at) (local.get $colon) (local.get $where) (local.get $where_length)))
  (local.set $skip (i32.add (local.get $colon) (i32.lt_u (local.get $colon) (local.get $length))))
  (call $set_port
    (i32.add (local.get $at) (local.get $skip))
    (i32.sub (local.get $length) (local.get $skip))
    (local.get $where)
    (local.get $where_length)))

;; The user of the Request-URI, an empty text where there is none.
(func $request_user (result i32 i32)
  (call $to_text (call $pv_get (call $text.rU) (call $text.rU-place) (i32.const 0))))

(func $strip_user (param $number i64) (param $where i32) (param $where_length i32) (result i32)
  (local $at i32) (local $length i32) (local $gone i32)
  (call $request_user)
  (local.set $length)
  (local.set $at)
  (local.set $gone (call $at_most (local.get $number) (local.get $length)))
  (if (i32.eqz (local.get $gone)) (then (return (i32.const 1))))
  (call $set_user
    (i32.add (local.get $at) (local.get $gone))
    (i32.sub (local.get $length) (local.get $gone))
    (local.get $where)
    (local.get $where_length)))

(func $strip_user_tail (param $number i64) (param $where i32) (param $where_length i32) (result i32)
  (local $at i32) (local $length i32) (local $gone i32)
  (call $request_user)
  (local.set $length)
  (local.set $at)
  (local.set $gone (call $at_most (local.get $number) (local.get $length)))
  (if (i32.eqz (local.get $gone)) (then (return (i32.const 1))))
  (call $set_user (local.get $at) (i32.sub (local.get $length) (local.get $gone)) (local.get $where) (local.get $where_length)))

(func $prefix_user (param $at i32) (param $length i32) (param $where i32) (param $where_length i32) (result i32)
  (local $user i32) (local $user_length i32)
  (call $request_user)
  (local.set $user_length)
  (local.set $user)
  (call $begin)
  (call $put (local.get $at) (local.get $length))
  (call $put (local.get $user) (local.get $user_length))
  (call $finish)
  (local.set $length)
  (local.set $at)
  (call $set_user (local.get $at) (local.get $length) (local.get $where) (local.get $where_length)))

(func $starts_with (param $at i32) (param $length i32) (param $start i32) (param $start_length i32) (result i32)
  (select (i32.const 1) (i32.const -1)
    (call $begins (local.get $at) (local.get $length) (local.get $start) (local.get $start_length))))

;; is_int("$var(x)")
(func $is_int (param $cell i32) (result i32)
  (select (i32.const 1) (i32.const -1) (i32.eq (i32.load8_u (local.get $cell)) (i32.const 1))))

;; pv_isset("$var(x)")
(func $is_set (param $cell i32) (result i32)
  (select (i32.const -1) (i32.const 1) (call $is_null (local.get $cell))))

;; is_avp_set("$avp(x)/n"): 0 whether it is set, 1 and a number, 2 and a text, 3 and empty.
(func $is_avp_set (param $cell i32) (param $kind i32) (result i32)
  (local $tag i32) (local $holds i32)
  (local.set $tag (i32.load8_u (local.get $cell)))
  (if (i32.eqz (local.get $tag)) (then (return (i32.const -1))))
  (local.set $holds (i32.const 1))
  (if (i32.eq (local.get $kind) (i32.const 1)) (then (local.set $holds (i32.eq (local.get $tag) (i32.const 1)))))
  (if (i32.eq (local.get $kind) (i32.const 2)) (then (local.set $holds (i32.ge_u (local.get $tag) (i32.const 2)))))
  (if (i32.eq (local.get $kind) (i32.const 3))
    (then
      (local.set $holds
        (if (result i32) (i32.eq (local.get $tag) (i32.const 1))
          (then (i64.eqz (i64.load offset=8 (local.get $cell))))
          (else (i32.eqz (i32.load offset=12 (local.get $cell))))))))
  (select (i32.const 1) (i32.const -1) (local.get $holds)))

(func $in_list (param $s i32) (param $s_length i32) (param $at i32) (param $length i32) (param $by i32) (param $by_length i32)
  (result i32)
  (call $listed (local.get $s) (local.get $s_length) (local.get $at) (local.get $length) (local.get $by) (i32.const 0)))

(func $in_list_prefix (param $s i32) (param $s_length i32) (param $at i32) (param $length i32) (param $by i32)
  (param $by_length i32) (result i32)
  (call $listed (local.get $s) (local.get $s_length) (local.get $at) (local.get $length) (local.get $by) (i32.const 1)))

;; Whether a text is one of those between separators, or begins with one of them; blanks around them
;; do not count.
(func $listed (param $s i32) (param $s_length i32) (param $at i32) (param $length i32) (param $by i32) (param $begins i32)
  (result i32)
  (local $end i32) (local $more i32)
  (if (i32.eqz (local.get $s_length)) (then (return (i32.const -1))))
  (loop $next
    (local.set $end (call $find (local.get $at) (local.get $length) (i32.load8_u (local.get $by))))
    (local.set $more (i32.ne (local.get $end) (i32.const -1)))
    (local.set $end (select (local.get $end) (local.get $length) (local.get $more)))
    (call $trim_param (local.get $at) (local.get $end))
    (if
      (i32.and
        (i32.ne (global.get $param_length) (i32.const 0))
        (if (result i32) (local.get $begins)
          (then
            (call $begins (local.get $s) (local.get $s_length) (global.get $param) (global.get $param_length)))
          (else
            (call $same (local.get $s) (local.get $s_length) (global.get $param) (global.get $param_length)))))
      (then (return (i32.const 1))))
    (local.set $end (i32.add (local.get $end) (local.get $more)))
    (local.set $at (i32.add (local.get $at) (local.get $end)))
    (local.set $length (i32.sub (local.get $length) (local.get $end)))
    (br_if $next (local.get $more)))
  (i32.const -1))

;; The level of evroute:log/log that a number is to xlog: -1 and below 0, 3 and above 4.
(func $log_level (param $cell i32) (result i32)
  (local $number i64)
  (local.set $number (i64.add (i64.load offset=8 (local.get $cell)) (i64.const 1)))
  (if (i64.lt_s (local.get $number) (i64.const 0)) (then (return (i32.const 0))))
  (if (i64.gt_s (local.get $number) (i64.const 4)) (then (return (i32.const 4))))
  (i32.wrap_i64 (local.get $number)))
