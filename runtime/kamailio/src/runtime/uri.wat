;; Transformations of URIs, addresses and parameters: {uri.*}, {nameaddr.*}, {tobody.*}, {param.*}.

;; The parts of the URI that $uri_split took apart last.
(global $scheme (mut i32) (i32.const 0))
(global $scheme_length (mut i32) (i32.const 0))
(global $user (mut i32) (i32.const 0))
(global $user_length (mut i32) (i32.const 0))
(global $password (mut i32) (i32.const 0))
(global $password_length (mut i32) (i32.const 0))
(global $host (mut i32) (i32.const 0))
(global $host_length (mut i32) (i32.const 0))
(global $port (mut i32) (i32.const 0))
(global $port_length (mut i32) (i32.const 0))
(global $params (mut i32) (i32.const 0))
(global $params_length (mut i32) (i32.const 0))
(global $headers (mut i32) (i32.const 0))
(global $headers_length (mut i32) (i32.const 0))

;; Takes a URI apart, and says whether it is one: a scheme before a colon, and something behind it.
(func $uri_split (param $cell i32) (result i32)
  (local $at i32) (local $length i32) (local $found i32) (local $cut i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 0))))
  (call $to_text (local.get $cell))
  (local.set $length)
  (local.set $at)
  (local.set $found (call $find (local.get $at) (local.get $length) (i32.const 58)))
  (if (i32.le_s (local.get $found) (i32.const 0)) (then (return (i32.const 0))))
  (global.set $scheme (local.get $at))
  (global.set $scheme_length (local.get $found))
  (local.set $cut (i32.add (local.get $found) (i32.const 1)))
  (local.set $at (i32.add (local.get $at) (local.get $cut)))
  (local.set $length (i32.sub (local.get $length) (local.get $cut)))
  (if (i32.eqz (local.get $length)) (then (return (i32.const 0))))
  (global.set $user_length (i32.const 0))
  (global.set $password_length (i32.const 0))
  (global.set $port_length (i32.const 0))
  (global.set $params_length (i32.const 0))
  (global.set $headers_length (i32.const 0))
  (local.set $found (call $find (local.get $at) (local.get $length) (i32.const 64)))
  (if (i32.ne (local.get $found) (i32.const -1))
    (then
      (call $uri_user_split (local.get $at) (local.get $found))
      (local.set $cut (i32.add (local.get $found) (i32.const 1)))
      (local.set $at (i32.add (local.get $at) (local.get $cut)))
      (local.set $length (i32.sub (local.get $length) (local.get $cut)))))
  (local.set $found (call $find (local.get $at) (local.get $length) (i32.const 63)))
  (if (i32.ne (local.get $found) (i32.const -1))
    (then
      (global.set $headers (i32.add (local.get $at) (i32.add (local.get $found) (i32.const 1))))
      (global.set $headers_length (i32.sub (i32.sub (local.get $length) (local.get $found)) (i32.const 1)))
      (local.set $length (local.get $found))))
  (local.set $found (call $find (local.get $at) (local.get $length) (i32.const 59)))
  (if (i32.ne (local.get $found) (i32.const -1))
    (then
      (global.set $params (i32.add (local.get $at) (i32.add (local.get $found) (i32.const 1))))
      (global.set $params_length (i32.sub (i32.sub (local.get $length) (local.get $found)) (i32.const 1)))
      (local.set $length (local.get $found))))
  (call $uri_host_split (local.get $at) (local.get $length))
  (i32.const 1))

(func $uri_user_split (param $at i32) (param $length i32)
  (local $found i32)
  (global.set $user (local.get $at))
  (global.set $user_length (local.get $length))
  (local.set $found (call $find (local.get $at) (local.get $length) (i32.const 58)))
  (if (i32.ne (local.get $found) (i32.const -1))
    (then
      (global.set $user_length (local.get $found))
      (global.set $password (i32.add (local.get $at) (i32.add (local.get $found) (i32.const 1))))
      (global.set $password_length (i32.sub (i32.sub (local.get $length) (local.get $found)) (i32.const 1))))))

;; Host and port; what a tel URI has there is its user.
(func $uri_host_split (param $at i32) (param $length i32)
  (local $skip i32) (local $found i32)
  (global.set $host (local.get $at))
  (global.set $host_length (local.get $length))
  (if (i32.eq (i32.or (i32.load8_u (global.get $scheme)) (i32.const 32)) (i32.const 116))
    (then
      (global.set $user (local.get $at))
      (global.set $user_length (local.get $length))
      (global.set $host_length (i32.const 0))
      (return)))
  (if (i32.and (i32.ne (local.get $length) (i32.const 0)) (i32.eq (i32.load8_u (local.get $at)) (i32.const 91)))
    (then
      (local.set $skip (call $find (local.get $at) (local.get $length) (i32.const 93)))
      (if (i32.eq (local.get $skip) (i32.const -1)) (then (return)))))
  (local.set $found
    (call $find
      (i32.add (local.get $at) (local.get $skip))
      (i32.sub (local.get $length) (local.get $skip))
      (i32.const 58)))
  (if (i32.ne (local.get $found) (i32.const -1))
    (then
      (local.set $found (i32.add (local.get $found) (local.get $skip)))
      (global.set $host_length (local.get $found))
      (global.set $port (i32.add (local.get $at) (i32.add (local.get $found) (i32.const 1))))
      (global.set $port_length (i32.sub (i32.sub (local.get $length) (local.get $found)) (i32.const 1))))))

(func $uri_user (param $cell i32) (result i32)
  (if (i32.eqz (call $uri_split (local.get $cell))) (then (return (i32.const 16))))
  (call $slice (global.get $user) (global.get $user_length)))

(func $uri_passwd (param $cell i32) (result i32)
  (if (i32.eqz (call $uri_split (local.get $cell))) (then (return (i32.const 16))))
  (call $slice (global.get $password) (global.get $password_length)))

(func $uri_host (param $cell i32) (result i32)
  (if (i32.eqz (call $uri_split (local.get $cell))) (then (return (i32.const 16))))
  (call $slice (global.get $host) (global.get $host_length)))

;; The number 0 that is printed as nothing where there is no port.
(func $uri_port (param $cell i32) (result i32)
  (if (i32.eqz (call $uri_split (local.get $cell))) (then (return (i32.const 16))))
  (if (call $parse_int (global.get $port) (global.get $port_length) (i32.const 0))
    (then (return (call $int_cell (global.get $parsed)))))
  (local.set $cell (call $int_cell (i64.const 0)))
  (i32.store8 offset=1 (local.get $cell) (i32.const 1))
  (local.get $cell))

(func $uri_params (param $cell i32) (result i32)
  (if (i32.eqz (call $uri_split (local.get $cell))) (then (return (i32.const 16))))
  (call $slice (global.get $params) (global.get $params_length)))

(func $uri_headers (param $cell i32) (result i32)
  (if (i32.eqz (call $uri_split (local.get $cell))) (then (return (i32.const 16))))
  (call $slice (global.get $headers) (global.get $headers_length)))

(func $uri_scheme (param $cell i32) (result i32)
  (if (i32.eqz (call $uri_split (local.get $cell))) (then (return (i32.const 16))))
  (call $slice (global.get $scheme) (global.get $scheme_length)))

(func $uri_param (param $cell i32) (param $name i32) (result i32)
  (if (i32.eqz (call $uri_split (local.get $cell))) (then (return (i32.const 16))))
  (call $named_value (global.get $params) (global.get $params_length) (i32.const 59) (call $to_text (local.get $name))))

(func $uri_transport (param $cell i32) (result i32)
  (if (i32.eqz (call $uri_split (local.get $cell))) (then (return (i32.const 16))))
  (call $named_value (global.get $params) (global.get $params_length) (i32.const 59) (i32.const @"transport")))

;; Parameters: what $param_at found.
(global $param (mut i32) (i32.const 0))
(global $param_length (mut i32) (i32.const 0))
(global $param_text (mut i32) (i32.const 0))
(global $param_text_length (mut i32) (i32.const 0))

;; Takes the parameter of this number apart, and says whether there is one.
(func $param_at (param $at i32) (param $length i32) (param $separator i32) (param $number i32) (result i32)
  (local $found i32)
  (call $field (local.get $at) (local.get $length) (local.get $separator) (local.get $number))
  (local.set $length)
  (local.set $at)
  (if (i32.eq (local.get $length) (i32.const -1)) (then (return (i32.const 0))))
  (local.set $found (call $find (local.get $at) (local.get $length) (i32.const 61)))
  (global.set $param_text_length (i32.const 0))
  (if (i32.ne (local.get $found) (i32.const -1))
    (then
      (global.set $param_text (i32.add (local.get $at) (i32.add (local.get $found) (i32.const 1))))
      (global.set $param_text_length (i32.sub (i32.sub (local.get $length) (local.get $found)) (i32.const 1)))
      (local.set $length (local.get $found))))
  (call $trim_param (local.get $at) (local.get $length))
  (i32.const 1))

;; A name without the spaces around it.
(func $trim_param (param $at i32) (param $length i32)
  (block $done
    (loop $next
      (br_if $done (i32.eqz (local.get $length)))
      (br_if $done (i32.eqz (call $is_space (i32.load8_u (local.get $at)))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $length (i32.sub (local.get $length) (i32.const 1)))
      (br $next)))
  (block $done
    (loop $next
      (br_if $done (i32.eqz (local.get $length)))
      (br_if $done
        (i32.eqz (call $is_space (i32.load8_u (i32.sub (i32.add (local.get $at) (local.get $length)) (i32.const 1))))))
      (local.set $length (i32.sub (local.get $length) (i32.const 1)))
      (br $next)))
  (global.set $param (local.get $at))
  (global.set $param_length (local.get $length)))

;; Texts without regard to case.
(func $same_letters (param $a i32) (param $a_length i32) (param $b i32) (param $b_length i32) (result i32)
  (if (i32.ne (local.get $a_length) (local.get $b_length)) (then (return (i32.const 0))))
  (block $done
    (loop $next
      (br_if $done (i32.eqz (local.get $a_length)))
      (if (i32.ne (call $lower (i32.load8_u (local.get $a))) (call $lower (i32.load8_u (local.get $b))))
        (then (return (i32.const 0))))
      (local.set $a (i32.add (local.get $a) (i32.const 1)))
      (local.set $b (i32.add (local.get $b) (i32.const 1)))
      (local.set $a_length (i32.sub (local.get $a_length) (i32.const 1)))
      (br $next)))
  (i32.const 1))

;; Whether there is a parameter of this name; it is then the one that was found last.
(func $param_named (param $at i32) (param $length i32) (param $separator i32) (param $name i32) (param $name_length i32)
  (result i32)
  (local $number i32)
  (loop $next
    (if (i32.eqz (call $param_at (local.get $at) (local.get $length) (local.get $separator) (local.get $number)))
      (then (return (i32.const 0))))
    (if
      (call $same_letters
        (global.get $param) (global.get $param_length) (local.get $name) (local.get $name_length))
      (then (return (i32.const 1))))
    (local.set $number (i32.add (local.get $number) (i32.const 1)))
    (br $next))
  (unreachable))

(func $named_value (param $at i32) (param $length i32) (param $separator i32) (param $name i32) (param $name_length i32)
  (result i32)
  (if
    (call $param_named
      (local.get $at) (local.get $length) (local.get $separator) (local.get $name) (local.get $name_length))
    (then (return (call $slice (global.get $param_text) (global.get $param_text_length)))))
  (call $slice (i32.const 0) (i32.const 0)))

(func $param_value (param $cell i32) (param $name i32) (param $separator i32) (result i32)
  (local $octet i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 16))))
  (local.set $octet (call $octet_of (local.get $separator) (i32.const 59)))
  (local.set $name (call $as_text (local.get $name)))
  (call $named_value (call $to_text (local.get $cell)) (local.get $octet) (call $to_text (local.get $name))))

(func $param_in (param $cell i32) (param $name i32) (param $separator i32) (result i32)
  (local $octet i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 16))))
  (local.set $octet (call $octet_of (local.get $separator) (i32.const 59)))
  (local.set $name (call $as_text (local.get $name)))
  (call $int_cell
    (i64.extend_i32_u
      (call $param_named (call $to_text (local.get $cell)) (local.get $octet) (call $to_text (local.get $name))))))

(func $param_count (param $cell i32) (param $separator i32) (result i32)
  (local $at i32) (local $length i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 16))))
  (call $to_text (local.get $cell))
  (local.set $length)
  (local.set $at)
  (if (i32.eqz (local.get $length)) (then (return (call $int_cell (i64.const 0)))))
  (call $int_cell
    (i64.extend_i32_u
      (i32.add
        (i32.const 1)
        (call $count (local.get $at) (local.get $length) (call $octet_of (local.get $separator) (i32.const 59)))))))

;; Finds the parameter of a number, negative from the end.
(func $param_numbered (param $cell i32) (param $number i64) (param $separator i32) (result i32)
  (local $at i32) (local $length i32) (local $octet i32)
  (local.set $octet (call $octet_of (local.get $separator) (i32.const 59)))
  (call $to_text (local.get $cell))
  (local.set $length)
  (local.set $at)
  (if (i64.lt_s (local.get $number) (i64.const 0))
    (then
      (local.set $number
        (i64.add
          (local.get $number)
          (i64.extend_i32_u
            (i32.add (i32.const 1) (call $count (local.get $at) (local.get $length) (local.get $octet))))))))
  (if (i64.gt_u (local.get $number) (i64.const 0x7fffffff)) (then (return (i32.const 0))))
  (call $param_at (local.get $at) (local.get $length) (local.get $octet) (i32.wrap_i64 (local.get $number))))

(func $param_name (param $cell i32) (param $number i64) (param $separator i32) (result i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 16))))
  (if (i32.eqz (call $param_numbered (local.get $cell) (local.get $number) (local.get $separator)))
    (then (return (call $slice (i32.const 0) (i32.const 0)))))
  (call $slice (global.get $param) (global.get $param_length)))

(func $param_valueat (param $cell i32) (param $number i64) (param $separator i32) (result i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 16))))
  (if (i32.eqz (call $param_numbered (local.get $cell) (local.get $number) (local.get $separator)))
    (then (return (call $slice (i32.const 0) (i32.const 0)))))
  (call $slice (global.get $param_text) (global.get $param_text_length)))

;; Addresses: "name" <uri>;parameters. Where < stands outside of quotes; -1 when it does not.
(func $angle (param $at i32) (param $length i32) (result i32)
  (local $i i32) (local $octet i32) (local $quoted i32)
  (block $none
    (loop $next
      (br_if $none (i32.ge_u (local.get $i) (local.get $length)))
      (local.set $octet (i32.load8_u (i32.add (local.get $at) (local.get $i))))
      (if (i32.eq (local.get $octet) (i32.const 34))
        (then (local.set $quoted (i32.eqz (local.get $quoted)))))
      (if (i32.and (i32.eq (local.get $octet) (i32.const 60)) (i32.eqz (local.get $quoted)))
        (then (return (local.get $i))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next)))
  (i32.const -1))

(func $nameaddr_name (param $cell i32) (result i32)
  (local $at i32) (local $length i32) (local $open i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 16))))
  (call $to_text (local.get $cell))
  (local.set $length)
  (local.set $at)
  (local.set $open (call $angle (local.get $at) (local.get $length)))
  (call $slice
    (local.get $at)
    (select (i32.const 0) (local.get $open) (i32.eq (local.get $open) (i32.const -1)))))

(func $nameaddr_uri (param $cell i32) (result i32)
  (local $at i32) (local $length i32) (local $open i32) (local $close i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 16))))
  (call $to_text (local.get $cell))
  (local.set $length)
  (local.set $at)
  (local.set $open (call $angle (local.get $at) (local.get $length)))
  (local.set $close (i32.const 59))
  (if (i32.ne (local.get $open) (i32.const -1))
    (then
      (local.set $open (i32.add (local.get $open) (i32.const 1)))
      (local.set $at (i32.add (local.get $at) (local.get $open)))
      (local.set $length (i32.sub (local.get $length) (local.get $open)))
      (local.set $close (i32.const 62))))
  (local.set $close (call $find (local.get $at) (local.get $length) (local.get $close)))
  (call $slice
    (local.get $at)
    (select (local.get $length) (local.get $close) (i32.eq (local.get $close) (i32.const -1)))))

;; What stands behind the URI of an address.
(func $tobody_params (param $cell i32) (result i32)
  (local $at i32) (local $length i32) (local $open i32) (local $cut i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 16))))
  (call $to_text (local.get $cell))
  (local.set $length)
  (local.set $at)
  (local.set $open (call $angle (local.get $at) (local.get $length)))
  (if (i32.ne (local.get $open) (i32.const -1))
    (then
      (local.set $cut
        (call $find (i32.add (local.get $at) (local.get $open)) (i32.sub (local.get $length) (local.get $open)) (i32.const 62)))
      (if (i32.eq (local.get $cut) (i32.const -1)) (then (return (call $slice (i32.const 0) (i32.const 0)))))
      (local.set $cut (i32.add (local.get $cut) (local.get $open)))
      (local.set $at (i32.add (local.get $at) (local.get $cut)))
      (local.set $length (i32.sub (local.get $length) (local.get $cut)))))
  (local.set $cut (call $find (local.get $at) (local.get $length) (i32.const 59)))
  (if (i32.eq (local.get $cut) (i32.const -1)) (then (return (call $slice (i32.const 0) (i32.const 0)))))
  (local.set $cut (i32.add (local.get $cut) (i32.const 1)))
  (call $slice (i32.add (local.get $at) (local.get $cut)) (i32.sub (local.get $length) (local.get $cut))))

(func $tobody_tag (param $cell i32) (result i32)
  (local.set $cell (call $tobody_params (local.get $cell)))
  (if (call $is_null (local.get $cell)) (then (return (local.get $cell))))
  (call $named_value (call $to_text (local.get $cell)) (i32.const 59) (i32.const @"tag")))
