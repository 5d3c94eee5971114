;; Functions of Kamailio's modules. Each returns what it returns there: 1 or -1.

(func $has_totag (result i32)
  (select (i32.const -1) (i32.const 1) (call $is_null (call $get_to_tag))))

(func $is_present_hf (param $name i32) (param $length i32) (result i32)
  (local $area i32)
  (local.set $area (call $alloc (i32.const 16)))
  (call $message_header (global.get $message) (local.get $name) (local.get $length) (local.get $area))
  (select (i32.const 1) (i32.const -1) (i32.load8_u (local.get $area))))

;; append_hf("Name: value\r\n"): what follows the second parameter in Kamailio is a place, and the end is the place here.
(func $append_hf (param $at i32) (param $length i32) (param $after i32) (param $after_length i32) (result i32)
  (local $colon i32) (local $value i32) (local $area i32) (local $v i32) (local $v_length i32) (local $n_length i32)
  (local.set $colon (call $find (local.get $at) (local.get $length) (i32.const 58)))
  (if (i32.le_s (local.get $colon) (i32.const 0)) (then (return (i32.const -1))))
  (local.set $value
    (call $trimmed
      (call $slice
        (i32.add (local.get $at) (i32.add (local.get $colon) (i32.const 1)))
        (i32.sub (i32.sub (local.get $length) (local.get $colon)) (i32.const 1)))
      (i32.const 1)
      (i32.const 1)))
  (local.set $v (i32.load offset=8 (local.get $value)))
  (local.set $v_length (i32.load offset=12 (local.get $value)))
  (local.set $area (call $alloc (i32.const 16)))
  (call $message_append (global.get $message) (local.get $at) (local.get $colon)
    (local.get $v) (local.get $v_length) (local.get $area))
  (select (i32.const -1) (i32.const 1) (i32.load8_u (local.get $area))))

(func $remove_hf (param $name i32) (param $length i32) (result i32)
  (local $area i32)
  (local.set $area (call $alloc (i32.const 16)))
  (call $message_remove (global.get $message) (local.get $name) (local.get $length) (local.get $area))
  (if (i32.load8_u (local.get $area)) (then (return (i32.const -1))))
  (select (i32.const 1) (i32.const -1) (i32.load offset=4 (local.get $area))))

(func $set_body (param $body i32) (param $length i32) (param $type i32) (param $type_length i32) (result i32)
  (local $area i32)
  (local.set $area (call $alloc (i32.const 16)))
  (call $message_set_body (global.get $message)
    (i32.ne (local.get $type_length) (i32.const 0)) (local.get $type) (local.get $type_length)
    (local.get $body) (local.get $length) (local.get $area))
  (select (i32.const -1) (i32.const 1) (i32.load8_u (local.get $area))))

;; sht_rm("table", "key")
(func $sht_rm (param $table i32) (param $table_length i32) (param $key i32) (param $key_length i32) (result i32)
  (local $name i32) (local $length i32)
  (call $begin)
  (call $put (i32.const @"$sht("))
  (call $put (local.get $table) (local.get $table_length))
  (call $put (i32.const @"=>"))
  (call $put (local.get $key) (local.get $key_length))
  (call $put (i32.const @")"))
  (call $finish)
  (local.set $length)
  (local.set $name)
  (call $pv_set (local.get $name) (local.get $length) (i32.const 0) (local.get $name) (local.get $length))
  (i32.const 1))

(func $write_text (param $name i32) (param $name_length i32) (param $at i32) (param $length i32) (result i32)
  (call $pv_set (local.get $name) (local.get $name_length)
    (call $text_cell (local.get $at) (local.get $length) (i32.const 3))
    (local.get $name) (local.get $name_length))
  (i32.const 1))

(func $set_uri (param $at i32) (param $length i32) (result i32)
  (call $write_text (i32.const @"$ru") (local.get $at) (local.get $length)))

(func $set_user (param $at i32) (param $length i32) (result i32)
  (call $write_text (i32.const @"$rU") (local.get $at) (local.get $length)))

(func $set_host (param $at i32) (param $length i32) (result i32)
  (call $write_text (i32.const @"$rd") (local.get $at) (local.get $length)))

(func $set_next_hop (param $at i32) (param $length i32) (result i32)
  (call $write_text (i32.const @"$du") (local.get $at) (local.get $length)))

(func $starts_with (param $at i32) (param $length i32) (param $start i32) (param $start_length i32) (result i32)
  (select (i32.const 1) (i32.const -1)
    (call $begins (local.get $at) (local.get $length) (local.get $start) (local.get $start_length))))

;; is_int("$var(x)")
(func $is_int (param $cell i32) (result i32)
  (select (i32.const 1) (i32.const -1) (i32.eq (i32.load8_u (local.get $cell)) (i32.const 1))))

;; pv_isset("$var(x)")
(func $is_set (param $cell i32) (result i32)
  (select (i32.const -1) (i32.const 1) (call $is_null (local.get $cell))))
