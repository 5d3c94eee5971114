;; Transformations of addresses, {nameaddr.*} and {tobody.*}.

;; Addresses: "name" <uri>;parameters. Where < stands outside of quotes; -1 when it does not.
(func $angle (param $at i32) (param $length i32) (result i32)
  (local $i i32) (local $byte i32) (local $quoted i32)
  (block $none
    (loop $next
      (br_if $none (i32.ge_u (local.get $i) (local.get $length)))
      (local.set $byte (i32.load8_u (i32.add (local.get $at) (local.get $i))))
      ;; What a backslash stands before inside of quotes does not end them.
      (if (i32.and (local.get $quoted) (i32.eq (local.get $byte) (i32.const 92)))
        (then (local.set $i (i32.add (local.get $i) (i32.const 1)))))
      (if (i32.eq (local.get $byte) (i32.const 34))
        (then (local.set $quoted (i32.eqz (local.get $quoted)))))
      (if (i32.and (i32.eq (local.get $byte) (i32.const 60)) (i32.eqz (local.get $quoted)))
        (then (return (local.get $i))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next)))
  (i32.const -1))

;; Takes an address apart: the name before <, the URI, and how far it reaches. Without < all of it
;; is the URI; with one that is never closed there is nothing.
(global $name (mut i32) (i32.const 0))
(global $name_length (mut i32) (i32.const 0))
(global $address (mut i32) (i32.const 0))
(global $address_length (mut i32) (i32.const 0))
(global $address_end (mut i32) (i32.const 0))

(func $nameaddr_split (param $cell i32) (result i32)
  (local $at i32) (local $length i32) (local $open i32) (local $close i32)
  (if (i32.eqz (call $has_params (local.get $cell))) (then (return (i32.const 0))))
  (call $to_text (local.get $cell))
  (local.set $length)
  (local.set $at)
  (global.set $name (local.get $at))
  (global.set $name_length (i32.const 0))
  (global.set $address (local.get $at))
  (global.set $address_length (local.get $length))
  (global.set $address_end (local.get $length))
  (local.set $open (call $angle (local.get $at) (local.get $length)))
  (if (i32.eq (local.get $open) (i32.const -1)) (then (return (i32.const 1))))
  (local.set $close
    (call $find (i32.add (local.get $at) (local.get $open)) (i32.sub (local.get $length) (local.get $open)) (i32.const 62)))
  (if (i32.eq (local.get $close) (i32.const -1))
    (then
      (global.set $address_length (i32.const 0))
      (global.set $address_end (i32.const 0))
      (return (i32.const 1))))
  (global.set $name_length (local.get $open))
  (global.set $address (i32.add (local.get $at) (i32.add (local.get $open) (i32.const 1))))
  (global.set $address_length (i32.sub (local.get $close) (i32.const 1)))
  (global.set $address_end (i32.add (local.get $open) (i32.add (local.get $close) (i32.const 1))))
  (i32.const 1))

(func $nameaddr_name (param $cell i32) (result i32)
  (if (i32.eqz (call $nameaddr_split (local.get $cell))) (then (return (i32.const 16))))
  (call $slice (global.get $name) (global.get $name_length)))

(func $nameaddr_uri (param $cell i32) (result i32)
  (if (i32.eqz (call $nameaddr_split (local.get $cell))) (then (return (i32.const 16))))
  (call $slice (global.get $address) (global.get $address_length)))

(func $nameaddr_len (param $cell i32) (result i32)
  (if (i32.eqz (call $nameaddr_split (local.get $cell))) (then (return (i32.const 16))))
  (call $int_cell (i64.extend_i32_u (global.get $address_end))))

;; The body of a To: the URI is one, and without < it ends where its parameters begin, which are the
;; body's then. What stands behind the URI is left in $param_text.
(func $tobody_split (param $cell i32) (result i32)
  (local $at i32) (local $length i32) (local $found i32)
  (if (i32.eqz (call $nameaddr_split (local.get $cell))) (then (return (i32.const 0))))
  (call $to_text (local.get $cell))
  (local.set $length)
  (local.set $at)
  (local.set $found (call $find (global.get $address) (global.get $address_length) (i32.const 59)))
  (if (i32.and (i32.eq (global.get $address_length) (local.get $length)) (i32.ne (local.get $found) (i32.const -1)))
    (then
      (global.set $address_length (local.get $found))
      (global.set $address_end (local.get $found))))
  (if (i32.eqz (call $uri_split (call $slice (global.get $address) (global.get $address_length))))
    (then (return (i32.const 0))))
  (global.set $param_text_length (i32.const 0))
  (local.set $at (i32.add (local.get $at) (global.get $address_end)))
  (local.set $length (i32.sub (local.get $length) (global.get $address_end)))
  (local.set $found (call $find (local.get $at) (local.get $length) (i32.const 59)))
  (if (i32.ne (local.get $found) (i32.const -1))
    (then
      (local.set $found (i32.add (local.get $found) (i32.const 1)))
      (global.set $param_text (i32.add (local.get $at) (local.get $found)))
      (global.set $param_text_length (i32.sub (local.get $length) (local.get $found)))))
  (i32.const 1))

(func $tobody_uri (param $cell i32) (result i32)
  (if (i32.eqz (call $tobody_split (local.get $cell))) (then (return (i32.const 16))))
  (call $slice (global.get $address) (global.get $address_length)))

(func $tobody_user (param $cell i32) (result i32)
  (if (i32.eqz (call $tobody_split (local.get $cell))) (then (return (i32.const 16))))
  (call $slice (global.get $user) (global.get $user_length)))

(func $tobody_host (param $cell i32) (result i32)
  (if (i32.eqz (call $tobody_split (local.get $cell))) (then (return (i32.const 16))))
  (call $slice (global.get $host) (global.get $host_length)))

(func $tobody_display (param $cell i32) (result i32)
  (if (i32.eqz (call $tobody_split (local.get $cell))) (then (return (i32.const 16))))
  (call $trimmed (call $slice (global.get $name) (global.get $name_length)) (i32.const 1) (i32.const 1)))

(func $tobody_params (param $cell i32) (result i32)
  (if (i32.eqz (call $tobody_split (local.get $cell))) (then (return (i32.const 16))))
  (call $slice (global.get $param_text) (global.get $param_text_length)))

(func $tobody_tag (param $cell i32) (result i32)
  (if (i32.eqz (call $tobody_split (local.get $cell))) (then (return (i32.const 16))))
  (call $named_value (global.get $param_text) (global.get $param_text_length) (i32.const 59) (call $text.tag)))
