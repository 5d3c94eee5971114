;; =~: walks through the tables of a pattern (src/pattern): the class of each byte, the next state
;; by state and class, whether the text may end in a state. State 1 is that nothing more matters.
(func $matches (param $cell i32) (param $classes i32) (param $steps i32) (param $ends i32) (param $count i32) (result i32)
  (local $at i32) (local $stop i32) (local $state i32)
  (call $to_text (local.get $cell))
  (local.set $stop)
  (local.set $at)
  (local.set $stop (i32.add (local.get $at) (local.get $stop)))
  (block $done
    (loop $next
      (br_if $done (i32.eq (local.get $state) (i32.const 1)))
      (br_if $done (i32.ge_u (local.get $at) (local.get $stop)))
      (local.set $state
        (i32.load8_u
          (i32.add
            (local.get $steps)
            (i32.add
              (i32.mul (local.get $state) (local.get $count))
              (i32.load8_u (i32.add (local.get $classes) (i32.load8_u (local.get $at))))))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next)))
  (i32.load8_u (i32.add (local.get $ends) (local.get $state))))

;; Transformations of texts, {s.*}. Of null they make what is printed as nothing, the cell at 16.

;; Where an byte first stands; -1 when it does not.
(func $find (param $at i32) (param $length i32) (param $byte i32) (result i32)
  (local $i i32)
  (block $none
    (loop $next
      (br_if $none (i32.ge_u (local.get $i) (local.get $length)))
      (if (i32.eq (i32.load8_u (i32.add (local.get $at) (local.get $i))) (local.get $byte))
        (then (return (local.get $i))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next)))
  (i32.const -1))

;; How often an byte stands in a text.
(func $count (param $at i32) (param $length i32) (param $byte i32) (result i32)
  (local $sum i32)
  (block $done
    (loop $next
      (br_if $done (i32.eqz (local.get $length)))
      (local.set $sum (i32.add (local.get $sum) (i32.eq (i32.load8_u (local.get $at)) (local.get $byte))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $length (i32.sub (local.get $length) (i32.const 1)))
      (br $next)))
  (local.get $sum))

;; The field of this number, from 0, of a text that is split at an byte: where, how long; -1 long
;; when there is none.
(func $field (param $at i32) (param $length i32) (param $byte i32) (param $number i32) (result i32 i32)
  (local $found i32)
  (loop $next
    (local.set $found (call $find (local.get $at) (local.get $length) (local.get $byte)))
    (if (i32.eqz (local.get $number))
      (then
        (return
          (local.get $at)
          (select (local.get $length) (local.get $found) (i32.eq (local.get $found) (i32.const -1))))))
    (if (i32.eq (local.get $found) (i32.const -1)) (then (return (local.get $at) (i32.const -1))))
    (local.set $at (i32.add (local.get $at) (i32.add (local.get $found) (i32.const 1))))
    (local.set $length (i32.sub (local.get $length) (i32.add (local.get $found) (i32.const 1))))
    (local.set $number (i32.sub (local.get $number) (i32.const 1)))
    (br $next))
  (unreachable))

;; The first byte of a parameter; a comma is the usual one.
(func $byte_of (param $cell i32) (param $usual i32) (result i32)
  (local $at i32) (local $length i32)
  (call $to_text (local.get $cell))
  (local.set $length)
  (local.set $at)
  (if (result i32) (local.get $length) (then (i32.load8_u (local.get $at))) (else (local.get $usual))))

(func $lower (param $byte i32) (result i32)
  (i32.add
    (local.get $byte)
    (i32.shl (i32.lt_u (i32.sub (local.get $byte) (i32.const 65)) (i32.const 26)) (i32.const 5))))

(func $is_space (param $byte i32) (result i32)
  (i32.or
    (i32.eq (local.get $byte) (i32.const 32))
    (i32.or
      (i32.eq (local.get $byte) (i32.const 9))
      (i32.or (i32.eq (local.get $byte) (i32.const 10)) (i32.eq (local.get $byte) (i32.const 13))))))

(func $s_len (param $cell i32) (result i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 16))))
  (call $int_cell (i64.extend_i32_u (call $length_of (local.get $cell)))))

(func $length_of (param $cell i32) (result i32)
  (local $length i32)
  (call $to_text (local.get $cell))
  (local.set $length)
  (drop)
  (local.get $length))

(func $s_int (param $cell i32) (result i32)
  (local $tag i32)
  (local.set $tag (i32.load8_u (local.get $cell)))
  (if (i32.eq (local.get $tag) (i32.const 1)) (then (return (local.get $cell))))
  (if (i32.eqz (local.get $tag)) (then (return (i32.const 16))))
  (if
    (i32.eqz
      (call $parse_int (i32.load offset=8 (local.get $cell)) (i32.load offset=12 (local.get $cell)) (i32.const 0)))
    (then (return (i32.const 16))))
  (call $int_cell (global.get $parsed)))

(func $s_substr (param $cell i32) (param $offset i64) (param $wanted i64) (result i32)
  (local $at i32) (local $length i32) (local $size i64)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 16))))
  (call $to_text (local.get $cell))
  (local.set $length)
  (local.set $at)
  (local.set $size (i64.extend_i32_u (local.get $length)))
  (if (i64.lt_s (local.get $offset) (i64.const 0))
    (then (local.set $offset (i64.add (local.get $offset) (local.get $size)))))
  (if
    (i32.or
      (i32.or (i64.lt_s (local.get $offset) (i64.const 0)) (i64.lt_s (local.get $wanted) (i64.const 0)))
      (i64.ge_s (local.get $offset) (local.get $size)))
    (then (return (i32.const 16))))
  (local.set $size (i64.sub (local.get $size) (local.get $offset)))
  (if (i32.or (i64.eqz (local.get $wanted)) (i64.gt_s (local.get $wanted) (local.get $size)))
    (then (local.set $wanted (local.get $size))))
  (call $slice
    (i32.add (local.get $at) (i32.wrap_i64 (local.get $offset)))
    (i32.wrap_i64 (local.get $wanted))))

(func $s_select (param $cell i32) (param $number i64) (param $separator i32) (result i32)
  (local $at i32) (local $length i32) (local $byte i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 16))))
  (local.set $byte (call $byte_of (local.get $separator) (i32.const 44)))
  (call $to_text (local.get $cell))
  (local.set $length)
  (local.set $at)
  (if (i64.lt_s (local.get $number) (i64.const 0))
    (then
      (local.set $number
        (i64.add
          (local.get $number)
          (i64.extend_i32_u
            (i32.add (i32.const 1) (call $count (local.get $at) (local.get $length) (local.get $byte))))))))
  (if (i64.gt_u (local.get $number) (i64.const 0x7fffffff)) (then (return (call $slice (i32.const 0) (i32.const 0)))))
  (call $field (local.get $at) (local.get $length) (local.get $byte) (i32.wrap_i64 (local.get $number)))
  (local.set $length)
  (local.set $at)
  (call $slice
    (local.get $at)
    (select (i32.const 0) (local.get $length) (i32.eq (local.get $length) (i32.const -1)))))

;; Letters of one case to the other: those from $first on, by 32 up or down.
(func $recased (param $cell i32) (param $first i32) (param $shift i32) (result i32)
  (local $at i32) (local $length i32) (local $byte i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 16))))
  (call $to_text (local.get $cell))
  (local.set $length)
  (local.set $at)
  (call $begin)
  (block $done
    (loop $next
      (br_if $done (i32.eqz (local.get $length)))
      (local.set $byte (i32.load8_u (local.get $at)))
      (if (i32.lt_u (i32.sub (local.get $byte) (local.get $first)) (i32.const 26))
        (then (local.set $byte (i32.add (local.get $byte) (local.get $shift)))))
      (call $put_byte (local.get $byte))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $length (i32.sub (local.get $length) (i32.const 1)))
      (br $next)))
  (call $finish_odd))

;; What was put together, as a text that may not be UTF-8.
(func $finish_odd (result i32)
  (i32.store (global.get $link.odd) (i32.const 1))
  (call $finish_cell))

(func $s_tolower (param $cell i32) (result i32)
  (call $recased (local.get $cell) (i32.const 65) (i32.const 32)))

(func $s_toupper (param $cell i32) (result i32)
  (call $recased (local.get $cell) (i32.const 97) (i32.const -32)))

(func $trimmed (param $cell i32) (param $left i32) (param $right i32) (result i32)
  (local $at i32) (local $length i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 16))))
  (call $to_text (local.get $cell))
  (local.set $length)
  (local.set $at)
  (block $done
    (loop $next
      (br_if $done (i32.or (i32.eqz (local.get $left)) (i32.eqz (local.get $length))))
      (br_if $done (i32.eqz (call $is_space (i32.load8_u (local.get $at)))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $length (i32.sub (local.get $length) (i32.const 1)))
      (br $next)))
  (block $done
    (loop $next
      (br_if $done (i32.or (i32.eqz (local.get $right)) (i32.eqz (local.get $length))))
      (br_if $done
        (i32.eqz
          (call $is_space
            (i32.load8_u (i32.sub (i32.add (local.get $at) (local.get $length)) (i32.const 1))))))
      (local.set $length (i32.sub (local.get $length) (i32.const 1)))
      (br $next)))
  (call $slice (local.get $at) (local.get $length)))

(func $s_trim (param $cell i32) (result i32)
  (call $trimmed (local.get $cell) (i32.const 1) (i32.const 1)))

(func $s_ltrim (param $cell i32) (result i32)
  (call $trimmed (local.get $cell) (i32.const 1) (i32.const 0)))

(func $s_rtrim (param $cell i32) (result i32)
  (call $trimmed (local.get $cell) (i32.const 0) (i32.const 1)))

;; A number of bytes, no more than a text has.
(func $at_most (param $number i64) (param $length i32) (result i32)
  (if (i64.lt_s (local.get $number) (i64.const 0)) (then (return (i32.const 0))))
  (if (i64.gt_u (local.get $number) (i64.extend_i32_u (local.get $length))) (then (return (local.get $length))))
  (i32.wrap_i64 (local.get $number)))

(func $s_strip (param $cell i32) (param $number i64) (result i32)
  (local $at i32) (local $length i32) (local $gone i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 16))))
  (call $to_text (local.get $cell))
  (local.set $length)
  (local.set $at)
  (local.set $gone (call $at_most (local.get $number) (local.get $length)))
  (call $slice (i32.add (local.get $at) (local.get $gone)) (i32.sub (local.get $length) (local.get $gone))))

(func $s_striptail (param $cell i32) (param $number i64) (result i32)
  (local $at i32) (local $length i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 16))))
  (call $to_text (local.get $cell))
  (local.set $length)
  (local.set $at)
  (call $slice
    (local.get $at)
    (i32.sub (local.get $length) (call $at_most (local.get $number) (local.get $length)))))

(func $s_replace (param $cell i32) (param $old i32) (param $new i32) (result i32)
  (local $at i32) (local $stop i32) (local $o i32) (local $o_length i32) (local $n i32) (local $n_length i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 16))))
  (call $to_text (local.get $old))
  (local.set $o_length)
  (local.set $o)
  (if (i32.eqz (local.get $o_length)) (then (return (local.get $cell))))
  (call $to_text (local.get $new))
  (local.set $n_length)
  (local.set $n)
  (call $to_text (local.get $cell))
  (local.set $stop)
  (local.set $at)
  (local.set $stop (i32.add (local.get $stop) (local.get $at)))
  (call $begin)
  (block $done
    (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $stop)))
      (if (call $begins (local.get $at) (i32.sub (local.get $stop) (local.get $at)) (local.get $o) (local.get $o_length))
        (then
          (call $put (local.get $n) (local.get $n_length))
          (local.set $at (i32.add (local.get $at) (local.get $o_length))))
        (else
          (call $put_byte (i32.load8_u (local.get $at)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))))
      (br $next)))
  (call $finish_odd))

;; Whether a text begins with another.
(func $begins (param $at i32) (param $length i32) (param $start i32) (param $start_length i32) (result i32)
  (if (i32.lt_u (local.get $length) (local.get $start_length)) (then (return (i32.const 0))))
  (call $same (local.get $at) (local.get $start_length) (local.get $start) (local.get $start_length)))

(func $s_rm (param $cell i32) (param $old i32) (result i32)
  (call $s_replace (local.get $cell) (local.get $old) (i32.const 0)))

(func $s_rmws (param $cell i32) (result i32)
  (local $at i32) (local $length i32) (local $byte i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 16))))
  (call $to_text (local.get $cell))
  (local.set $length)
  (local.set $at)
  (call $begin)
  (block $done
    (loop $next
      (br_if $done (i32.eqz (local.get $length)))
      (local.set $byte (i32.load8_u (local.get $at)))
      (if (i32.eqz (call $is_space (local.get $byte))) (then (call $put_byte (local.get $byte))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $length (i32.sub (local.get $length) (i32.const 1)))
      (br $next)))
  (call $finish_odd))

(func $s_count (param $cell i32) (param $what i32) (result i32)
  (local $at i32) (local $length i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 16))))
  (call $to_text (local.get $cell))
  (local.set $length)
  (local.set $at)
  (call $int_cell
    (i64.extend_i32_u
      (call $count (local.get $at) (local.get $length) (call $byte_of (local.get $what) (i32.const 0))))))

(func $s_after (param $cell i32) (param $what i32) (result i32)
  (local $at i32) (local $length i32) (local $found i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 16))))
  (call $to_text (local.get $cell))
  (local.set $length)
  (local.set $at)
  (local.set $found (call $find (local.get $at) (local.get $length) (call $byte_of (local.get $what) (i32.const 0))))
  (if (i32.eq (local.get $found) (i32.const -1)) (then (return (call $slice (local.get $at) (i32.const 0)))))
  (local.set $found (i32.add (local.get $found) (i32.const 1)))
  (call $slice (i32.add (local.get $at) (local.get $found)) (i32.sub (local.get $length) (local.get $found))))

(func $s_before (param $cell i32) (param $what i32) (result i32)
  (local $at i32) (local $length i32) (local $found i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 16))))
  (call $to_text (local.get $cell))
  (local.set $length)
  (local.set $at)
  (local.set $found (call $find (local.get $at) (local.get $length) (call $byte_of (local.get $what) (i32.const 0))))
  (call $slice
    (local.get $at)
    (select (local.get $length) (local.get $found) (i32.eq (local.get $found) (i32.const -1)))))

(func $s_hexa (param $cell i32) (result i32)
  (local $at i32) (local $length i32) (local $byte i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 16))))
  (call $to_text (local.get $cell))
  (local.set $length)
  (local.set $at)
  (call $begin)
  (block $done
    (loop $next
      (br_if $done (i32.eqz (local.get $length)))
      (local.set $byte (i32.load8_u (local.get $at)))
      (call $put_nibble (i32.shr_u (local.get $byte) (i32.const 4)) (i32.const 87))
      (call $put_nibble (i32.and (local.get $byte) (i32.const 15)) (i32.const 87))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $length (i32.sub (local.get $length) (i32.const 1)))
      (br $next)))
  (call $finish_cell))

(func $s_prefixes (param $cell i32) (param $number i64) (result i32)
  (local $at i32) (local $length i32) (local $most i32) (local $i i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 16))))
  (call $to_text (local.get $cell))
  (local.set $length)
  (local.set $at)
  (local.set $most (call $at_most (local.get $number) (local.get $length)))
  (call $begin)
  (block $done
    (loop $next
      (br_if $done (i32.ge_u (local.get $i) (local.get $most)))
      (if (local.get $i) (then (call $put_byte (i32.const 44))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (call $put (local.get $at) (local.get $i))
      (br $next)))
  (call $finish_odd))

(func $s_unquote (param $cell i32) (result i32)
  (local $at i32) (local $length i32) (local $first i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 16))))
  (call $to_text (local.get $cell))
  (local.set $length)
  (local.set $at)
  (if (i32.lt_u (local.get $length) (i32.const 2)) (then (return (call $slice (local.get $at) (local.get $length)))))
  (local.set $first (i32.load8_u (local.get $at)))
  (if
    (i32.and
      (i32.eq
        (local.get $first)
        (i32.load8_u (i32.sub (i32.add (local.get $at) (local.get $length)) (i32.const 1))))
      (i32.or (i32.eq (local.get $first) (i32.const 34)) (i32.eq (local.get $first) (i32.const 39))))
    (then
      (return (call $slice (i32.add (local.get $at) (i32.const 1)) (i32.sub (local.get $length) (i32.const 2))))))
  (call $slice (local.get $at) (local.get $length)))

;; The digits of a text; a number has no text to take them from.
(func $s_numeric (param $cell i32) (result i32)
  (local $at i32) (local $length i32) (local $byte i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 16))))
  (call $to_text (local.get $cell))
  (local.set $length)
  (local.set $at)
  (call $begin)
  (i32.store (global.get $link.odd) (i32.const 0))
  (block $done
    (loop $next
      (br_if $done (i32.eqz (local.get $length)))
      (local.set $byte (i32.load8_u (local.get $at)))
      (if (i32.lt_u (i32.sub (local.get $byte) (i32.const 48)) (i32.const 10))
        (then (call $put_byte (local.get $byte))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $length (i32.sub (local.get $length) (i32.const 1)))
      (br $next)))
  (call $finish_cell))

;; A backslash before quotes, backslashes and NUL.
(func $s_escape_common (param $cell i32) (result i32)
  (local $at i32) (local $length i32) (local $byte i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 16))))
  (call $to_text (local.get $cell))
  (local.set $length)
  (local.set $at)
  (call $begin)
  (block $done
    (loop $next
      (br_if $done (i32.eqz (local.get $length)))
      (local.set $byte (i32.load8_u (local.get $at)))
      (if (i32.eqz (local.get $byte)) (then (local.set $byte (i32.const 48)) (call $put_byte (i32.const 92))))
      (if (call $is_quoted (i32.load8_u (local.get $at))) (then (call $put_byte (i32.const 92))))
      (call $put_byte (local.get $byte))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $length (i32.sub (local.get $length) (i32.const 1)))
      (br $next)))
  (call $finish_odd))

(func $is_quoted (param $byte i32) (result i32)
  (i32.or
    (i32.eq (local.get $byte) (i32.const 92))
    (i32.or (i32.eq (local.get $byte) (i32.const 34)) (i32.eq (local.get $byte) (i32.const 39)))))

(func $s_unescape_common (param $cell i32) (result i32)
  (local $at i32) (local $length i32) (local $byte i32) (local $next i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 16))))
  (call $to_text (local.get $cell))
  (local.set $length)
  (local.set $at)
  (call $begin)
  (block $done
    (loop $next
      (br_if $done (i32.eqz (local.get $length)))
      (local.set $byte (i32.load8_u (local.get $at)))
      (if (i32.and (i32.eq (local.get $byte) (i32.const 92)) (i32.gt_u (local.get $length) (i32.const 1)))
        (then
          (local.set $next (i32.load8_u offset=1 (local.get $at)))
          (if (i32.or (call $is_quoted (local.get $next)) (i32.eq (local.get $next) (i32.const 48)))
            (then
              (local.set $byte (select (i32.const 0) (local.get $next) (i32.eq (local.get $next) (i32.const 48))))
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (local.set $length (i32.sub (local.get $length) (i32.const 1)))))))
      (call $put_byte (local.get $byte))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $length (i32.sub (local.get $length) (i32.const 1)))
      (br $next)))
  (call $finish_odd))
