;; Requests of HTTP, and what they are answered.

(func $get_http_method (result i32)
  (local $cell i32)
  (local.set $cell (call $event_text (i32.const 2)))
  (call $xhttp.http-request-event.method (global.get $event) (i32.add (local.get $cell) (i32.const 8)))
  (local.get $cell))

(func $get_http_target (result i32)
  (local $cell i32)
  (local.set $cell (call $event_text (i32.const 2)))
  (call $xhttp.http-request-event.target (global.get $event) (i32.add (local.get $cell) (i32.const 8)))
  (local.get $cell))

;; Header fields of the answer, as the server takes them: four words each, at most 64.
(global $reply_fields (mut i32) (i32.const 0))
(global $reply_fields_count (mut i32) (i32.const 0))

(func $add_reply_field (param $name i32) (param $name_length i32) (param $value i32) (param $value_length i32)
  (local $at i32)
  (if (i32.ge_u (global.get $reply_fields_count) (i32.const 64)) (then (return)))
  (if (i32.eqz (global.get $reply_fields)) (then (global.set $reply_fields (call $alloc (i32.const 1024)))))
  (local.set $at
    (i32.add (global.get $reply_fields) (i32.mul (global.get $reply_fields_count) (i32.const 16))))
  (i32.store (local.get $at) (local.get $name))
  (i32.store offset=4 (local.get $at) (local.get $name_length))
  (i32.store offset=8 (local.get $at) (local.get $value))
  (i32.store offset=12 (local.get $at) (local.get $value_length))
  (global.set $reply_fields_count (i32.add (global.get $reply_fields_count) (i32.const 1))))

;; append_to_reply("Name: value\r\nOther: value\r\n").
(func $append_to_http_reply (param $at i32) (param $length i32) (param $where i32) (param $where_length i32) (result i32)
  (local $stop i32) (local $end i32) (local $field i32)
  (local.set $stop (i32.add (local.get $at) (local.get $length)))
  (loop $fields
    (local.set $end (call $field_end (local.get $at) (local.get $stop)))
    (call $trim_param (local.get $at) (i32.sub (local.get $end) (local.get $at)))
    (local.set $field (global.get $param))
    (if (global.get $param_length)
      (then
        (if (i32.eqz (call $split_field (local.get $field) (global.get $param_length)
              (local.get $where) (local.get $where_length)))
          (then (return (i32.const -1))))
        (call $add_reply_field (local.get $field) (global.get $field_name_length)
          (global.get $param) (global.get $param_length))))
    (local.set $at (local.get $end))
    (br_if $fields (i32.lt_u (local.get $at) (local.get $stop))))
  (i32.const 1))
