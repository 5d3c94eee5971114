;; Texts with variables in them are put together at the end of the heap. Nothing else may be
;; allocated between $begin and $finish, so what goes into the text is evaluated before.

(func $begin
  (i32.store (global.get $link.start) (global.get $next))
  (i32.store (global.get $link.odd) (i32.const 0)))

(func $put (param $at i32) (param $length i32)
  (local $stop i32)
  (local.set $stop (i32.add (global.get $next) (local.get $length)))
  (if (i32.lt_u (local.get $stop) (local.get $length)) (then (unreachable)))
  (if (i32.gt_u (local.get $stop) (i32.add (i32.load (global.get $link.grown)) (global.get $link.heap-end)))
    (then (call $grow (local.get $stop))))
  (memory.copy (global.get $next) (local.get $at) (local.get $length))
  (global.set $next (local.get $stop)))

(func $put_byte (param $byte i32)
  (local $at i32)
  (local.set $at (global.get $next))
  (if (i32.ge_u (local.get $at) (i32.add (i32.load (global.get $link.grown)) (global.get $link.heap-end)))
    (then (call $grow (i32.add (local.get $at) (i32.const 1)))))
  (i32.store8 (local.get $at) (local.get $byte))
  (global.set $next (i32.add (local.get $at) (i32.const 1))))

(func $put_int (param $number i64)
  (if (i64.lt_s (local.get $number) (i64.const 0))
    (then
      (call $put_byte (i32.const 45))
      ;; The smallest number is its own negative, and right when read as one without a sign.
      (local.set $number (i64.sub (i64.const 0) (local.get $number)))))
  (call $put_digits (local.get $number)))

(func $put_digits (param $number i64)
  (local $power i64)
  (local.set $power (i64.const 1))
  (block $done
    (loop $more
      (br_if $done (i64.lt_u (i64.div_u (local.get $number) (local.get $power)) (i64.const 10)))
      (local.set $power (i64.mul (local.get $power) (i64.const 10)))
      (br $more)))
  (loop $next
    (call $put_byte
      (i32.add (i32.const 48) (i32.wrap_i64 (i64.rem_u (i64.div_u (local.get $number) (local.get $power)) (i64.const 10)))))
    (local.set $power (i64.div_u (local.get $power) (i64.const 10)))
    (br_if $next (i64.ne (local.get $power) (i64.const 0)))))

;; A value as a text shows it.
(func $put_cell (param $cell i32)
  ;; Most values are text.
  (if (i32.eq (i32.load16_u (local.get $cell)) (i32.const 2))
    (then
      (call $put (i32.load offset=8 (local.get $cell)) (i32.load offset=12 (local.get $cell)))
      (return)))
  (if (i32.load8_u offset=1 (local.get $cell)) (then (return)))
  (if (i32.eqz (i32.load8_u (local.get $cell))) (then (call $put (global.get $link.null-text) (i32.const 6)) (return)))
  (call $put_value (local.get $cell)))

;; A value as + appends it: nothing for null.
(func $put_value (param $cell i32)
  (local $tag i32)
  (local.set $tag (i32.load8_u (local.get $cell)))
  (if (i32.or (i32.eqz (local.get $tag)) (i32.load8_u offset=1 (local.get $cell))) (then (return)))
  (if (i32.eq (local.get $tag) (i32.const 1))
    (then (call $put_int (i64.load offset=8 (local.get $cell))) (return)))
  (i32.store (global.get $link.odd) (i32.or (i32.load (global.get $link.odd)) (i32.and (local.get $tag) (i32.const 1))))
  (call $put (i32.load offset=8 (local.get $cell)) (i32.load offset=12 (local.get $cell))))

(func $finish (result i32 i32)
  (local $length i32)
  (local.set $length (i32.sub (global.get $next) (i32.load (global.get $link.start))))
  (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
  (i32.load (global.get $link.start))
  (local.get $length))

(func $finish_cell (result i32)
  (local $at i32) (local $length i32)
  (call $finish)
  (local.set $length)
  (local.set $at)
  (call $text_cell (local.get $at) (local.get $length) (i32.or (i32.const 2) (i32.load (global.get $link.odd)))))

;; What was put together as text that the server takes.
(func $finish_clean (result i32 i32)
  (call $finish)
  (if (param i32 i32) (result i32 i32) (i32.load (global.get $link.odd)) (then (call $clean))))

;; The text of a value, as the server takes it.
(func $clean_text (param $cell i32) (result i32 i32)
  (call $to_text (local.get $cell))
  (if (param i32 i32) (result i32 i32)
    (i32.eq (i32.load8_u (local.get $cell)) (i32.const 3))
    (then (call $clean))))

;; UTF-8 as it is, anything else with its bytes above 127 escaped as %XX.
(func $clean (param $at i32) (param $length i32) (result i32 i32)
  (local $stop i32) (local $byte i32)
  (if (call $is_utf8 (local.get $at) (local.get $length)) (then (return (local.get $at) (local.get $length))))
  (local.set $stop (i32.add (local.get $at) (local.get $length)))
  (call $begin)
  (loop $next
    (local.set $byte (i32.load8_u (local.get $at)))
    (if (i32.lt_u (local.get $byte) (i32.const 128))
      (then (call $put_byte (local.get $byte)))
      (else
        (call $put_byte (i32.const 37))
        (call $put_nibble (i32.shr_u (local.get $byte) (i32.const 4)) (i32.const 55))
        (call $put_nibble (i32.and (local.get $byte) (i32.const 15)) (i32.const 55))))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (br_if $next (i32.lt_u (local.get $at) (local.get $stop))))
  (call $finish))

;; A hexadecimal digit; 55 for upper, 87 for lower case.
(func $put_nibble (param $nibble i32) (param $letters i32)
  (call $put_byte
    (i32.add
      (local.get $nibble)
      (select (i32.const 48) (local.get $letters) (i32.lt_u (local.get $nibble) (i32.const 10))))))

(func $is_utf8 (param $at i32) (param $length i32) (result i32)
  (local $stop i32) (local $c i32) (local $more i32) (local $low i32) (local $high i32)
  (local.set $stop (i32.add (local.get $at) (local.get $length)))
  (block $done
    (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $stop)))
      (local.set $c (i32.load8_u (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $c) (i32.const 0x80)))
      (if (i32.or (i32.lt_u (local.get $c) (i32.const 0xc2)) (i32.gt_u (local.get $c) (i32.const 0xf4)))
        (then (return (i32.const 0))))
      (local.set $more
        (i32.add
          (i32.const 1)
          (i32.add (i32.ge_u (local.get $c) (i32.const 0xe0)) (i32.ge_u (local.get $c) (i32.const 0xf0)))))
      (local.set $low (i32.const 0x80))
      (local.set $high (i32.const 0xbf))
      (if (i32.eq (local.get $c) (i32.const 0xe0)) (then (local.set $low (i32.const 0xa0))))
      (if (i32.eq (local.get $c) (i32.const 0xed)) (then (local.set $high (i32.const 0x9f))))
      (if (i32.eq (local.get $c) (i32.const 0xf0)) (then (local.set $low (i32.const 0x90))))
      (if (i32.eq (local.get $c) (i32.const 0xf4)) (then (local.set $high (i32.const 0x8f))))
      (loop $continuation
        (if (i32.ge_u (local.get $at) (local.get $stop)) (then (return (i32.const 0))))
        (local.set $c (i32.load8_u (local.get $at)))
        (if (i32.or (i32.lt_u (local.get $c) (local.get $low)) (i32.gt_u (local.get $c) (local.get $high)))
          (then (return (i32.const 0))))
        (local.set $low (i32.const 0x80))
        (local.set $high (i32.const 0xbf))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br_if $continuation (local.tee $more (i32.sub (local.get $more) (i32.const 1)))))
      (br $next)))
  (i32.const 1))
