;; Transformations of URIs, {uri.*}.

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

;; Takes a URI apart, and says whether it is one to Kamailio's parse_uri, whose rules these are:
;; what a `<` or a blank makes of a host is no host, and nothing is guessed.
(func $uri_split (param $cell i32) (result i32)
  (local $at i32) (local $length i32) (local $kind i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 0))))
  (call $to_text (local.get $cell))
  (local.set $length)
  (local.set $at)
  (local.set $kind (call $uri_kind (local.get $at) (local.get $length)))
  (if (i32.eqz (local.get $kind)) (then (return (i32.const 0))))
  (global.set $user_length (i32.const 0))
  (global.set $password_length (i32.const 0))
  (global.set $port_length (i32.const 0))
  (global.set $params_length (i32.const 0))
  (global.set $headers_length (i32.const 0))
  (local.set $at (i32.add (local.get $at) (i32.add (global.get $scheme_length) (i32.const 1))))
  (local.set $length (i32.sub (local.get $length) (i32.add (global.get $scheme_length) (i32.const 1))))
  (if (i32.eqz (local.get $length)) (then (return (i32.const 0))))
  (if (i32.eq (local.get $kind) (i32.const 3)) (then (return (call $urn_split (local.get $at) (local.get $length)))))
  (if (i32.eqz (call $uri_rest_split (local.get $at) (local.get $length) (local.get $kind))) (then (return (i32.const 0))))
  (if (i32.eq (local.get $kind) (i32.const 2))
    (then
      ;; The number of a tel URI is its user; its parameters are told by none of these.
      (global.set $user (global.get $host))
      (global.set $user_length (global.get $host_length))
      (global.set $host_length (i32.const 0))
      (global.set $params_length (i32.const 0))))
  (i32.const 1))

;; The scheme, and what kind it is: 1 sip and sips, 2 tel and tels, 3 urn, 0 none that is known.
(func $uri_kind (param $at i32) (param $length i32) (result i32)
  (local $found i32)
  (local.set $found (call $find (local.get $at) (local.get $length) (i32.const 58)))
  (if (i32.or (i32.lt_s (local.get $found) (i32.const 3)) (i32.gt_s (local.get $found) (i32.const 4)))
    (then (return (i32.const 0))))
  (global.set $scheme (local.get $at))
  (global.set $scheme_length (local.get $found))
  (if (i32.eq (local.get $found) (i32.const 4))
    (then
      (if (i32.ne (call $lower (i32.load8_u offset=3 (local.get $at))) (i32.const 115)) (then (return (i32.const 0))))))
  (if (call $same_letters (local.get $at) (i32.const 3) (call $text.sip)) (then (return (i32.const 1))))
  (if (call $same_letters (local.get $at) (i32.const 3) (call $text.tel)) (then (return (i32.const 2))))
  (if (i32.ne (local.get $found) (i32.const 3)) (then (return (i32.const 0))))
  (select (i32.const 3) (i32.const 0) (call $same_letters (local.get $at) (i32.const 3) (call $text.urn))))

;; urn:service:sos
(func $urn_split (param $at i32) (param $length i32) (result i32)
  (local $found i32)
  (local.set $found (call $find (local.get $at) (local.get $length) (i32.const 58)))
  (if (i32.le_s (local.get $found) (i32.const 0)) (then (return (i32.const 0))))
  (global.set $user (local.get $at))
  (global.set $user_length (local.get $found))
  (local.set $found (i32.add (local.get $found) (i32.const 1)))
  (global.set $host (i32.add (local.get $at) (local.get $found)))
  (global.set $host_length (i32.sub (local.get $length) (local.get $found)))
  (i32.const 1))

;; What stands behind the scheme of a sip or tel URI.
(func $uri_rest_split (param $at i32) (param $length i32) (param $kind i32) (result i32)
  (local $found i32) (local $strict i32)
  (local.set $found (call $find (local.get $at) (local.get $length) (i32.const 64)))
  (if (i32.eqz (local.get $found)) (then (return (i32.const 0))))
  (if (i32.ne (local.get $found) (i32.const -1))
    (then
      (local.set $strict (i32.const 1))
      (if (i32.eqz (call $uri_user_split (local.get $at) (local.get $found))) (then (return (i32.const 0))))
      (local.set $found (i32.add (local.get $found) (i32.const 1)))
      (local.set $at (i32.add (local.get $at) (local.get $found)))
      (local.set $length (i32.sub (local.get $length) (local.get $found)))
      (if (i32.ne (call $find (local.get $at) (local.get $length) (i32.const 64)) (i32.const -1))
        (then (return (i32.const 0))))))
  (local.set $found (call $find (local.get $at) (local.get $length) (i32.const 63)))
  (if (i32.ne (local.get $found) (i32.const -1))
    (then
      (global.set $headers (i32.add (local.get $at) (i32.add (local.get $found) (i32.const 1))))
      (global.set $headers_length (i32.sub (i32.sub (local.get $length) (local.get $found)) (i32.const 1)))
      (if
        (i32.and
          (local.get $strict)
          (i32.ne (call $find (global.get $headers) (global.get $headers_length) (i32.const 59)) (i32.const -1)))
        (then (return (i32.const 0))))
      (local.set $length (local.get $found))))
  (local.set $found (call $find (local.get $at) (local.get $length) (i32.const 59)))
  (if (i32.ne (local.get $found) (i32.const -1))
    (then
      (global.set $params (i32.add (local.get $at) (i32.add (local.get $found) (i32.const 1))))
      (global.set $params_length (i32.sub (i32.sub (local.get $length) (local.get $found)) (i32.const 1)))
      (local.set $length (local.get $found))))
  (call $uri_host_split (local.get $at) (local.get $length) (local.get $strict) (local.get $kind)))

;; User and password: brackets have no place there, and more than one colon neither.
(func $uri_user_split (param $at i32) (param $length i32) (result i32)
  (local $found i32)
  (global.set $user (local.get $at))
  (global.set $user_length (local.get $length))
  (if (call $has_bracket (local.get $at) (local.get $length)) (then (return (i32.const 0))))
  (local.set $found (call $find (local.get $at) (local.get $length) (i32.const 58)))
  (if (i32.eq (local.get $found) (i32.const -1)) (then (return (i32.const 1))))
  (global.set $user_length (local.get $found))
  (local.set $found (i32.add (local.get $found) (i32.const 1)))
  (global.set $password (i32.add (local.get $at) (local.get $found)))
  (global.set $password_length (i32.sub (local.get $length) (local.get $found)))
  ;; : ; ?
  (i32.and
    (i32.eq (call $find (global.get $password) (global.get $password_length) (i32.const 58)) (i32.const -1))
    (i32.and
      (i32.eq (call $find (global.get $password) (global.get $password_length) (i32.const 59)) (i32.const -1))
      (i32.eq (call $find (global.get $password) (global.get $password_length) (i32.const 63)) (i32.const -1)))))

(func $has_bracket (param $at i32) (param $length i32) (result i32)
  (i32.or
    (i32.ne (call $find (local.get $at) (local.get $length) (i32.const 91)) (i32.const -1))
    (i32.ne (call $find (local.get $at) (local.get $length) (i32.const 93)) (i32.const -1))))

;; Host and port. Behind a user a host is made of letters, digits, points and hyphens.
(func $uri_host_split (param $at i32) (param $length i32) (param $strict i32) (param $kind i32) (result i32)
  (local $skip i32) (local $found i32)
  (if (i32.eqz (local.get $length)) (then (return (i32.const 0))))
  (global.set $host (local.get $at))
  (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 91))
    (then
      (local.set $skip (i32.add (call $find (local.get $at) (local.get $length) (i32.const 93)) (i32.const 1)))
      (if (i32.eqz (call $ipv6 (i32.add (local.get $at) (i32.const 1)) (i32.sub (local.get $skip) (i32.const 2))))
        (then (return (i32.const 0))))))
  (local.set $found
    (call $find
      (i32.add (local.get $at) (local.get $skip))
      (i32.sub (local.get $length) (local.get $skip))
      (i32.const 58)))
  (global.set $host_length
    (select (local.get $length) (i32.add (local.get $found) (local.get $skip)) (i32.eq (local.get $found) (i32.const -1))))
  (if (local.get $skip)
    (then (if (i32.ne (global.get $host_length) (local.get $skip)) (then (return (i32.const 0)))))
    (else
      (if (i32.eqz (global.get $host_length)) (then (return (i32.const 0))))
      (if (call $has_bracket (local.get $at) (global.get $host_length)) (then (return (i32.const 0))))
      (if (i32.and (local.get $strict) (i32.eqz (call $is_host (local.get $at) (global.get $host_length))))
        (then (return (i32.const 0))))))
  (if (i32.eq (global.get $host_length) (local.get $length)) (then (return (i32.const 1))))
  (local.set $skip (i32.add (global.get $host_length) (i32.const 1)))
  (global.set $port (i32.add (local.get $at) (local.get $skip)))
  (global.set $port_length (i32.sub (local.get $length) (local.get $skip)))
  (if (i32.or (i32.eqz (global.get $port_length)) (i32.eq (local.get $kind) (i32.const 2))) (then (return (i32.const 1))))
  (call $is_port (global.get $port) (global.get $port_length)))

(func $is_host (param $at i32) (param $length i32) (result i32)
  (local $c i32)
  (loop $next
    (local.set $c (i32.load8_u (local.get $at)))
    ;; - and .
    (if (i32.gt_u (i32.sub (local.get $c) (i32.const 45)) (i32.const 1))
      (then (if (i32.eqz (call $is_alphanumeric (local.get $c))) (then (return (i32.const 0))))))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (br_if $next (local.tee $length (i32.sub (local.get $length) (i32.const 1)))))
  (i32.const 1))

(func $is_alphanumeric (param $c i32) (result i32)
  (i32.or
    (i32.lt_u (i32.sub (local.get $c) (i32.const 48)) (i32.const 10))
    (i32.lt_u (i32.sub (i32.or (local.get $c) (i32.const 32)) (i32.const 97)) (i32.const 26))))

(func $is_port (param $at i32) (param $length i32) (result i32)
  (if (i32.gt_u (i32.sub (i32.load8_u (local.get $at)) (i32.const 48)) (i32.const 9)) (then (return (i32.const 0))))
  (if (i32.eqz (call $parse_int (local.get $at) (local.get $length) (i32.const 0))) (then (return (i32.const 0))))
  (i64.le_u (global.get $parsed) (i64.const 65535)))

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
  (if (i32.eqz (global.get $params_length)) (then (return (call $slice (i32.const 0) (i32.const 0)))))
  (call $named_value (global.get $params) (global.get $params_length) (i32.const 59) (call $to_text (local.get $name))))

(func $uri_transport (param $cell i32) (result i32)
  (if (i32.eqz (call $uri_split (local.get $cell))) (then (return (i32.const 16))))
  (local.set $cell
    (call $named_value (global.get $params) (global.get $params_length) (i32.const 59) (call $text.transport)))
  (select (call $slice (i32.const 0) (i32.const 0)) (local.get $cell) (call $is_null (local.get $cell))))
