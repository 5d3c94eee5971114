;; Addresses and networks: src_ip == 10.0.0.0/8.

;; An IPv4 address as a number; -1 for any other text.
(func $ipv4 (param $at i32) (param $length i32) (result i64)
  (local $stop i32) (local $c i32) (local $part i32) (local $digits i32) (local $dots i32) (local $sum i64)
  (local.set $stop (i32.add (local.get $at) (local.get $length)))
  (block $done
    (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $stop)))
      (local.set $c (i32.load8_u (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (if (i32.eq (local.get $c) (i32.const 46))
        (then
          (if (i32.eqz (local.get $digits)) (then (return (i64.const -1))))
          (local.set $sum (i64.or (i64.shl (local.get $sum) (i64.const 8)) (i64.extend_i32_u (local.get $part))))
          (local.set $dots (i32.add (local.get $dots) (i32.const 1)))
          (local.set $part (i32.const 0))
          (local.set $digits (i32.const 0))
          (br $next)))
      (local.set $c (i32.sub (local.get $c) (i32.const 48)))
      (if (i32.gt_u (local.get $c) (i32.const 9)) (then (return (i64.const -1))))
      (local.set $part (i32.add (i32.mul (local.get $part) (i32.const 10)) (local.get $c)))
      (local.set $digits (i32.add (local.get $digits) (i32.const 1)))
      (if (i32.or (i32.gt_u (local.get $part) (i32.const 255)) (i32.gt_u (local.get $digits) (i32.const 3)))
        (then (return (i64.const -1))))
      (br $next)))
  (if (i32.or (i32.ne (local.get $dots) (i32.const 3)) (i32.eqz (local.get $digits))) (then (return (i64.const -1))))
  (i64.or (i64.shl (local.get $sum) (i64.const 8)) (i64.extend_i32_u (local.get $part))))

(func $is_in_network (param $cell i32) (param $bits i32) (param $mask i32) (result i32)
  (local $address i64)
  (local.set $address (call $ipv4 (call $to_text (local.get $cell))))
  (if (i64.lt_s (local.get $address) (i64.const 0)) (then (return (i32.const 0))))
  (i32.eq (i32.and (i32.wrap_i64 (local.get $address)) (local.get $mask)) (local.get $bits)))

;; A hexadecimal digit; 16 and more for anything else.
(func $hex_digit (param $c i32) (result i32)
  (if (i32.lt_u (i32.sub (local.get $c) (i32.const 48)) (i32.const 10))
    (then (return (i32.sub (local.get $c) (i32.const 48)))))
  (local.set $c (i32.sub (i32.or (local.get $c) (i32.const 32)) (i32.const 97)))
  (if (i32.gt_u (local.get $c) (i32.const 5)) (then (return (i32.const 16))))
  (i32.add (local.get $c) (i32.const 10)))

;; An IPv6 address as 16 bytes at an address; 0 for any other text.
(func $ipv6 (param $at i32) (param $length i32) (result i32)
  (local $stop i32) (local $c i32) (local $group i32) (local $digits i32) (local $count i32) (local $gap i32)
  (local $area i32) (local $begin i32) (local $quad i64)
  (local.set $area (call $alloc (i32.const 16)))
  (local.set $gap (i32.const -1))
  (local.set $stop (i32.add (local.get $at) (local.get $length)))
  (local.set $begin (local.get $at))
  (block $done
    (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $stop)))
      (local.set $c (i32.load8_u (local.get $at)))
      (if (i32.eq (local.get $c) (i32.const 46))
        (then
          ;; The last four bytes may be spelled as an IPv4 address.
          (local.set $quad (call $ipv4 (local.get $begin) (i32.sub (local.get $stop) (local.get $begin))))
          (if (i32.or (i64.lt_s (local.get $quad) (i64.const 0)) (i32.gt_u (local.get $count) (i32.const 6)))
            (then (return (i32.const 0))))
          (call $put_group (local.get $area) (local.get $count) (i32.wrap_i64 (i64.shr_u (local.get $quad) (i64.const 16))))
          (local.set $count (i32.add (local.get $count) (i32.const 1)))
          (local.set $group (i32.wrap_i64 (local.get $quad)))
          (local.set $digits (i32.const 1))
          (br $done)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (if (i32.ne (local.get $c) (i32.const 58))
        (then
          (local.set $c (call $hex_digit (local.get $c)))
          (local.set $digits (i32.add (local.get $digits) (i32.const 1)))
          (if (i32.or (i32.gt_u (local.get $c) (i32.const 15)) (i32.gt_u (local.get $digits) (i32.const 4)))
            (then (return (i32.const 0))))
          (local.set $group (i32.or (i32.shl (local.get $group) (i32.const 4)) (local.get $c)))
          (br $next)))
      (if (local.get $digits)
        (then
          (if (i32.gt_u (local.get $count) (i32.const 7)) (then (return (i32.const 0))))
          (call $put_group (local.get $area) (local.get $count) (local.get $group))
          (local.set $count (i32.add (local.get $count) (i32.const 1)))
          (local.set $group (i32.const 0))
          (local.set $digits (i32.const 0))))
      (local.set $begin (local.get $at))
      (if (i32.and
            (i32.lt_u (local.get $at) (local.get $stop))
            (i32.eq (i32.load8_u (local.get $at)) (i32.const 58)))
        (then
          (if (i32.ne (local.get $gap) (i32.const -1)) (then (return (i32.const 0))))
          (local.set $gap (local.get $count))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (local.set $begin (local.get $at))))
      (br $next)))
  (if (local.get $digits)
    (then
      (if (i32.gt_u (local.get $count) (i32.const 7)) (then (return (i32.const 0))))
      (call $put_group (local.get $area) (local.get $count) (local.get $group))
      (local.set $count (i32.add (local.get $count) (i32.const 1)))))
  (if (i32.eq (local.get $gap) (i32.const -1))
    (then (return (select (local.get $area) (i32.const 0) (i32.eq (local.get $count) (i32.const 8))))))
  (if (i32.gt_u (local.get $count) (i32.const 7)) (then (return (i32.const 0))))
  (call $close_gap (local.get $area) (local.get $gap) (local.get $count))
  (local.get $area))

(func $put_group (param $area i32) (param $number i32) (param $group i32)
  (local.set $area (i32.add (local.get $area) (i32.shl (local.get $number) (i32.const 1))))
  (i32.store8 (local.get $area) (i32.shr_u (local.get $group) (i32.const 8)))
  (i32.store8 offset=1 (local.get $area) (local.get $group)))

;; The groups behind :: move to the end, and zeros take their place.
(func $close_gap (param $area i32) (param $gap i32) (param $count i32)
  (local $from i32) (local $moved i32)
  (local.set $from (i32.add (local.get $area) (i32.shl (local.get $gap) (i32.const 1))))
  (local.set $moved (i32.shl (i32.sub (local.get $count) (local.get $gap)) (i32.const 1)))
  (memory.copy
    (i32.sub (i32.add (local.get $area) (i32.const 16)) (local.get $moved))
    (local.get $from)
    (local.get $moved))
  (memory.fill
    (local.get $from)
    (i32.const 0)
    (i32.sub (i32.sub (i32.add (local.get $area) (i32.const 16)) (local.get $moved)) (local.get $from))))

;; The numbers are in the order of the bytes in memory.
(func $is_in_network_6 (param $cell i32) (param $high i64) (param $low i64) (param $mask_high i64) (param $mask_low i64)
  (result i32)
  (local $area i32)
  (local.set $area (call $ipv6 (call $to_text (local.get $cell))))
  (if (i32.eqz (local.get $area)) (then (return (i32.const 0))))
  (i32.and
    (i64.eq (i64.and (i64.load (local.get $area)) (local.get $mask_high)) (local.get $high))
    (i64.eq (i64.and (i64.load offset=8 (local.get $area)) (local.get $mask_low)) (local.get $low))))

;; is_myself("$fu"): a URI, or a host as it is. Whether it is ours is what the server says; only
;; host and port are asked, so a long user part cannot be in the way.
(func $is_myself (param $cell i32) (result i32)
  (local $name i32) (local $length i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const -1))))
  (if (i32.eqz (call $uri_split (local.get $cell)))
    (then
      (call $to_text (local.get $cell))
      (global.set $host_length)
      (global.set $host)
      (global.set $port_length (i32.const 0))))
  ;; No name of a host is longer.
  (if (i32.gt_u (i32.sub (global.get $host_length) (i32.const 1)) (i32.const 254)) (then (return (i32.const -1))))
  (call $begin)
  (call $put (call $text.is-myself))
  (call $put (global.get $host) (global.get $host_length))
  (if (global.get $port_length)
    (then
      (call $put (call $text.colon))
      (call $put (global.get $port) (global.get $port_length))))
  (call $put (call $text.close))
  (i32.store (global.get $link.odd) (i32.const 1))
  (call $finish_clean)
  (local.set $length)
  (local.set $name)
  (local.set $cell
    (call $pv_get (local.get $name) (local.get $length) (call $text.is-myself-place) (i32.const 1)))
  (select (i32.const 1) (i32.const -1) (i64.gt_s (call $to_int (local.get $cell)) (i64.const 0))))
