;; A value is the address of a cell of 16 bytes, laid out as `value` of evroute:pv/types is: at 0
;; what it is (0 null, 1 number, 2 text, 3 bytes that may not be UTF-8), at 8 the number, or at 8
;; where and at 12 how long the text is. An byte at 1 that is not 0 says that the value is printed
;; as nothing: what Kamailio makes of a transformation that fails. The cell at 0 is null, the one at
;; 16 is null and printed as nothing. Cells are never changed.

(func $int_cell (param $number i64) (result i32)
  (local $cell i32)
  (local.set $cell (call $alloc (i32.const 16)))
  (i32.store8 (local.get $cell) (i32.const 1))
  (i64.store offset=8 (local.get $cell) (local.get $number))
  (local.get $cell))

(func $text_cell (param $at i32) (param $length i32) (param $tag i32) (result i32)
  (local $cell i32)
  (local.set $cell (call $alloc (i32.const 16)))
  (i32.store8 (local.get $cell) (local.get $tag))
  (i32.store offset=8 (local.get $cell) (local.get $at))
  (i32.store offset=12 (local.get $cell) (local.get $length))
  (local.get $cell))

;; A part of a text: it may begin or end within a character.
(func $slice (param $at i32) (param $length i32) (result i32)
  (call $text_cell (local.get $at) (local.get $length) (i32.const 3)))

(func $is_null (param $cell i32) (result i32)
  (i32.eqz (i32.load8_u (local.get $cell))))

;; Null as it is, whatever made it.
(func $plain (param $cell i32) (result i32)
  (select (local.get $cell) (i32.const 0) (i32.load8_u (local.get $cell))))

;; (str) of a value: null is an empty text.
(func $cast_text (param $cell i32) (result i32)
  (if (i32.eqz (i32.load8_u (local.get $cell)))
    (then (return (call $text_cell (i32.const 0) (i32.const 0) (i32.const 2)))))
  (call $as_text (local.get $cell)))

;; What a $var holds when null is assigned to it.
(func $or_zero (param $cell i32) (result i32)
  (select (local.get $cell) (global.get $link.zero-cell) (i32.load8_u (local.get $cell))))

;; A number as Kamailio's rval_get_int makes one: null and what is no number are 0.
(func $to_int (param $cell i32) (result i64)
  (local $tag i32)
  (local.set $tag (i32.load8_u (local.get $cell)))
  (if (i32.eqz (local.get $tag)) (then (return (i64.const 0))))
  (if (i32.eq (local.get $tag) (i32.const 1)) (then (return (i64.load offset=8 (local.get $cell)))))
  (if (i32.eqz (call $parse_int (i32.load offset=8 (local.get $cell)) (i32.load offset=12 (local.get $cell)) (i32.const 1)))
    (then (return (i64.const 0))))
  (global.get $parsed))

(global $parsed (mut i64) (i64.const 0))

;; Whether a text is a number, which is then in $parsed: a sign, then digits, or 0x and hexadecimal
;; ones where $hex.
(func $parse_int (param $at i32) (param $length i32) (param $hex i32) (result i32)
  (local $stop i32) (local $minus i32) (local $c i32) (local $base i64) (local $sum i64) (local $digits i32)
  (local.set $stop (i32.add (local.get $at) (local.get $length)))
  (if (i32.eqz (local.get $length)) (then (return (i32.const 0))))
  (local.set $c (i32.load8_u (local.get $at)))
  (local.set $minus (i32.eq (local.get $c) (i32.const 45)))
  (if (i32.or (local.get $minus) (i32.eq (local.get $c) (i32.const 43)))
    (then (local.set $at (i32.add (local.get $at) (i32.const 1)))))
  (local.set $base (i64.const 10))
  (if (i32.and (local.get $hex) (i32.gt_u (i32.sub (local.get $stop) (local.get $at)) (i32.const 2)))
    (then
      (if (i32.eq (i32.or (i32.load16_u (local.get $at)) (i32.const 0x2000)) (i32.const 0x7830))
        (then
          (local.set $base (i64.const 16))
          (local.set $at (i32.add (local.get $at) (i32.const 2)))))))
  (block $done
    (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $stop)))
      (local.set $c (i32.sub (i32.load8_u (local.get $at)) (i32.const 48)))
      (if (i32.and (i64.eq (local.get $base) (i64.const 16)) (i32.ge_u (local.get $c) (i32.const 10)))
        (then
          ;; a to f and A to F
          (local.set $c (i32.sub (i32.or (i32.add (local.get $c) (i32.const 48)) (i32.const 32)) (i32.const 87)))
          (if (i32.lt_u (local.get $c) (i32.const 10)) (then (return (i32.const 0))))))
      (if (i64.ge_u (i64.extend_i32_u (local.get $c)) (local.get $base)) (then (return (i32.const 0))))
      (local.set $digits (i32.add (local.get $digits) (i32.const 1)))
      (if (i32.gt_u (local.get $digits) (i32.const 18)) (then (return (i32.const 0))))
      (local.set $sum (i64.add (i64.mul (local.get $sum) (local.get $base)) (i64.extend_i32_u (local.get $c))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next)))
  (global.set $parsed
    (select (i64.sub (i64.const 0) (local.get $sum)) (local.get $sum) (local.get $minus)))
  (i32.ne (local.get $digits) (i32.const 0)))

;; The text of a value: nothing for null.
(func $to_text (param $cell i32) (result i32 i32)
  (local $tag i32)
  (local.set $tag (i32.load8_u (local.get $cell)))
  (if (i32.ge_u (local.get $tag) (i32.const 2))
    (then (return (i32.load offset=8 (local.get $cell)) (i32.load offset=12 (local.get $cell)))))
  (if (i32.or (i32.eqz (local.get $tag)) (i32.load8_u offset=1 (local.get $cell)))
    (then (return (i32.const 0) (i32.const 0))))
  (call $begin)
  (call $put_int (i64.load offset=8 (local.get $cell)))
  (call $finish))

(func $as_text (param $cell i32) (result i32)
  (local $at i32) (local $length i32)
  (if (i32.ge_u (i32.load8_u (local.get $cell)) (i32.const 2)) (then (return (local.get $cell))))
  (if (i32.eqz (i32.load8_u (local.get $cell))) (then (return (local.get $cell))))
  (call $to_text (local.get $cell))
  (local.set $length)
  (local.set $at)
  (call $text_cell (local.get $at) (local.get $length) (i32.const 2)))

;; ==: what stands left decides whether numbers or texts are compared.
(func $equal (param $left i32) (param $right i32) (result i32)
  (local $tag i32)
  (local.set $tag (i32.load8_u (local.get $left)))
  (if (i32.eqz (local.get $tag))
    (then (local.set $tag (i32.load8_u (local.get $right)))))
  (if (i32.eqz (local.get $tag)) (then (return (i32.const 1))))
  (if (i32.eq (local.get $tag) (i32.const 1))
    (then (return (i64.eq (call $to_int (local.get $left)) (call $to_int (local.get $right))))))
  (call $same (call $to_text (local.get $left)) (call $to_text (local.get $right))))

(func $text_equal (param $left i32) (param $right i32) (result i32)
  (call $same (call $to_text (local.get $left)) (call $to_text (local.get $right))))

(func $same (param $a i32) (param $a_length i32) (param $b i32) (param $b_length i32) (result i32)
  (local $stop i32)
  (if (i32.ne (local.get $a_length) (local.get $b_length)) (then (return (i32.const 0))))
  (local.set $stop (i32.add (local.get $a) (local.get $a_length)))
  (block $done
    (loop $next
      (br_if $done (i32.ge_u (local.get $a) (local.get $stop)))
      (if (i32.ne (i32.load8_u (local.get $a)) (i32.load8_u (local.get $b))) (then (return (i32.const 0))))
      (local.set $a (i32.add (local.get $a) (i32.const 1)))
      (local.set $b (i32.add (local.get $b) (i32.const 1)))
      (br $next)))
  (i32.const 1))

;; == with a text that is known before, and the number that it is.
(func $equal_text (param $cell i32) (param $at i32) (param $length i32) (param $number i64) (result i32)
  (local $tag i32)
  (local.set $tag (i32.load8_u (local.get $cell)))
  (if (i32.eqz (local.get $tag)) (then (return (i32.eqz (local.get $length)))))
  (if (i32.eq (local.get $tag) (i32.const 1))
    (then (return (i64.eq (i64.load offset=8 (local.get $cell)) (local.get $number)))))
  (call $same (i32.load offset=8 (local.get $cell)) (i32.load offset=12 (local.get $cell))
    (local.get $at) (local.get $length)))

;; +: numbers are added when a number stands left, everything else is appended.
(func $plus (param $left i32) (param $right i32) (result i32)
  (local $at i32) (local $length i32)
  (if (i32.eq (i32.load8_u (local.get $left)) (i32.const 1))
    (then
      (return
        (call $int_cell (i64.add (i64.load offset=8 (local.get $left)) (call $to_int (local.get $right)))))))
  (local.set $right (call $as_text (local.get $right)))
  (call $begin)
  (call $put_value (local.get $left))
  (call $put_value (local.get $right))
  (call $finish)
  (local.set $length)
  (local.set $at)
  (call $text_cell (local.get $at) (local.get $length) (i32.or (i32.const 2) (i32.load (global.get $link.odd)))))
