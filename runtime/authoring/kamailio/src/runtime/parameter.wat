;; Transformations of parameters, {param.*}.

;; Parameters: what $param_walk found.
(global $param (mut i32) (i32.const 0))
(global $param_length (mut i32) (i32.const 0))
(global $param_text (mut i32) (i32.const 0))
(global $param_text_length (mut i32) (i32.const 0))
(global $param_found (mut i32) (i32.const 0))

;; Walks over parameters, as Kamailio's parse_params does, and says how many there are; -1 where
;; they are broken. Found is the last one of a name, without regard to case, or where the name's
;; length is -1 the one of a number. Values may be quoted; a separator inside of quotes separates
;; nothing.
(func $param_walk (param $at i32) (param $length i32) (param $by i32) (param $name i32) (param $name_length i32)
  (param $number i32) (result i32)
  (local $stop i32) (local $count i32) (local $n i32) (local $n_length i32) (local $v i32) (local $v_length i32)
  (global.set $param_found (i32.const 0))
  (local.set $stop (i32.add (local.get $at) (local.get $length)))
  (if (i32.eqz (local.get $length)) (then (return (i32.const 0))))
  (if (i32.gt_u (local.get $length) (i32.const 1))
    (then
      (local.set $stop
        (i32.sub (local.get $stop)
          (i32.eq (i32.load8_u (i32.sub (local.get $stop) (i32.const 1))) (local.get $by))))))
  (loop $next
    (local.set $n (local.get $at))
    (local.set $at (call $token_end (local.get $at) (local.get $stop) (local.get $by) (i32.const 61)))
    (local.set $n_length (i32.sub (local.get $at) (local.get $n)))
    (local.set $at (call $skip_spaces (local.get $at) (local.get $stop)))
    (local.set $v (local.get $at))
    (local.set $v_length (i32.const 0))
    (if (call $is_at (local.get $at) (local.get $stop) (i32.const 61))
      (then
        (local.set $at (call $skip_spaces (i32.add (local.get $at) (i32.const 1)) (local.get $stop)))
        (if (i32.lt_u (local.get $at) (local.get $stop))
          (then
            (call $param_body (local.get $at) (local.get $stop) (local.get $by))
            (local.set $v_length)
            (local.set $v)
            (local.set $at)
            (if (i32.eq (local.get $v_length) (i32.const -1)) (then (return (i32.const -1))))
            (local.set $at (call $skip_spaces (local.get $at) (local.get $stop)))))))
    (if
      (if (result i32) (i32.eq (local.get $name_length) (i32.const -1))
        (then (i32.eq (local.get $count) (local.get $number)))
        (else
          (call $same_letters (local.get $n) (local.get $n_length) (local.get $name) (local.get $name_length))))
      (then
        (global.set $param_found (i32.const 1))
        (global.set $param (local.get $n))
        (global.set $param_length (local.get $n_length))
        (global.set $param_text (local.get $v))
        (global.set $param_text_length (local.get $v_length))))
    (local.set $count (i32.add (local.get $count) (i32.const 1)))
    (if (i32.ge_u (local.get $at) (local.get $stop)) (then (return (local.get $count))))
    ;; A comma ends the parameters of a header's value, and > those of a URI.
    (if (i32.ne (i32.load8_u (local.get $at)) (local.get $by))
      (then
        (return
          (select
            (local.get $count)
            (i32.const -1)
            (i32.or
              (call $is_at (local.get $at) (local.get $stop) (i32.const 44))
              (call $is_at (local.get $at) (local.get $stop) (i32.const 62)))))))
    (local.set $at (call $skip_spaces (i32.add (local.get $at) (i32.const 1)) (local.get $stop)))
    (br_if $next (i32.lt_u (local.get $at) (local.get $stop))))
  (i32.const -1))

;; A value: behind it, where it is, and its length; -1 where it does not end or is empty.
(func $param_body (param $at i32) (param $stop i32) (param $by i32) (result i32 i32 i32)
  (local $quote i32) (local $end i32)
  (local.set $quote (i32.load8_u (local.get $at)))
  (if (i32.or (i32.eq (local.get $quote) (i32.const 34)) (i32.eq (local.get $quote) (i32.const 39)))
    (then
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $end (call $find (local.get $at) (i32.sub (local.get $stop) (local.get $at)) (local.get $quote)))
      (return
        (i32.add (local.get $at) (i32.add (local.get $end) (i32.const 1)))
        (local.get $at)
        (local.get $end))))
  (local.set $end (call $token_end (local.get $at) (local.get $stop) (local.get $by) (local.get $by)))
  (local.get $end)
  (local.get $at)
  (select (i32.sub (local.get $end) (local.get $at)) (i32.const -1) (i32.ne (local.get $end) (local.get $at))))

;; Where a word ends: at a blank, a comma, the separator or one more byte.
(func $token_end (param $at i32) (param $stop i32) (param $by i32) (param $or i32) (result i32)
  (local $c i32)
  (block $done
    (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $stop)))
      (local.set $c (i32.load8_u (local.get $at)))
      (br_if $done
        (i32.or
          (i32.or (i32.eq (local.get $c) (local.get $by)) (i32.eq (local.get $c) (local.get $or)))
          (i32.or (i32.eq (local.get $c) (i32.const 44)) (call $is_space (local.get $c)))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next)))
  (local.get $at))

(func $skip_spaces (param $at i32) (param $stop i32) (result i32)
  (block $done
    (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $stop)))
      (br_if $done (i32.eqz (call $is_space (i32.load8_u (local.get $at)))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next)))
  (local.get $at))

;; Whether this byte stands here.
(func $is_at (param $at i32) (param $stop i32) (param $byte i32) (result i32)
  (if (i32.ge_u (local.get $at) (local.get $stop)) (then (return (i32.const 0))))
  (i32.eq (i32.load8_u (local.get $at)) (local.get $byte)))

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

;; The value of a name: empty where there is none, null that is printed as nothing where the
;; parameters are broken.
(func $named_value (param $at i32) (param $length i32) (param $by i32) (param $name i32) (param $name_length i32)
  (result i32)
  (if
    (i32.lt_s
      (call $param_walk (local.get $at) (local.get $length) (local.get $by) (local.get $name) (local.get $name_length)
        (i32.const 0))
      (i32.const 0))
    (then (return (i32.const 16))))
  (if (global.get $param_found) (then (return (call $slice (global.get $param_text) (global.get $param_text_length)))))
  (call $slice (i32.const 0) (i32.const 0)))

;; The parameters of a value, of which there are none in an empty text.
(func $has_params (param $cell i32) (result i32)
  (i32.ne (call $length_of (local.get $cell)) (i32.const 0)))

(func $param_value (param $cell i32) (param $name i32) (param $separator i32) (result i32)
  (local $byte i32)
  (local.set $cell (call $as_text (local.get $cell)))
  (if (i32.eqz (call $has_params (local.get $cell))) (then (return (i32.const 16))))
  (local.set $byte (call $byte_of (local.get $separator) (i32.const 59)))
  (local.set $name (call $as_text (local.get $name)))
  (call $named_value (call $to_text (local.get $cell)) (local.get $byte) (call $to_text (local.get $name))))

(func $param_in (param $cell i32) (param $name i32) (param $separator i32) (result i32)
  (local $byte i32)
  (local.set $cell (call $as_text (local.get $cell)))
  (if (i32.eqz (call $has_params (local.get $cell))) (then (return (i32.const 16))))
  (local.set $byte (call $byte_of (local.get $separator) (i32.const 59)))
  (local.set $name (call $as_text (local.get $name)))
  (if
    (i32.lt_s
      (call $param_walk (call $to_text (local.get $cell)) (local.get $byte) (call $to_text (local.get $name))
        (i32.const 0))
      (i32.const 0))
    (then (return (i32.const 16))))
  (call $int_cell (i64.extend_i32_u (global.get $param_found))))

(func $param_count (param $cell i32) (param $separator i32) (result i32)
  (local $count i32)
  (local.set $cell (call $as_text (local.get $cell)))
  (if (i32.eqz (call $has_params (local.get $cell))) (then (return (i32.const 16))))
  (local.set $count
    (call $param_walk (call $to_text (local.get $cell)) (call $byte_of (local.get $separator) (i32.const 59))
      (i32.const 0) (i32.const -1) (i32.const -1)))
  (if (i32.lt_s (local.get $count) (i32.const 0)) (then (return (i32.const 16))))
  (call $int_cell (i64.extend_i32_u (local.get $count))))

;; Finds the parameter of a number, negative from the end; whether the parameters are whole.
(func $param_numbered (param $cell i32) (param $number i64) (param $separator i32) (result i32)
  (local $byte i32) (local $count i32)
  (if (i32.eqz (call $has_params (local.get $cell))) (then (return (i32.const 0))))
  (local.set $byte (call $byte_of (local.get $separator) (i32.const 59)))
  (local.set $count
    (call $param_walk (call $to_text (local.get $cell)) (local.get $byte) (i32.const 0) (i32.const -1) (i32.const -1)))
  (if (i32.lt_s (local.get $count) (i32.const 0)) (then (return (i32.const 0))))
  (if (i64.lt_s (local.get $number) (i64.const 0))
    (then (local.set $number (i64.add (local.get $number) (i64.extend_i32_u (local.get $count))))))
  (if (i64.gt_u (local.get $number) (i64.const 0x7fffffff)) (then (return (i32.const 1))))
  (drop
    (call $param_walk (call $to_text (local.get $cell)) (local.get $byte) (i32.const 0) (i32.const -1)
      (i32.wrap_i64 (local.get $number))))
  (i32.const 1))

(func $param_name (param $cell i32) (param $number i64) (param $separator i32) (result i32)
  (local.set $cell (call $as_text (local.get $cell)))
  (if (i32.eqz (call $param_numbered (local.get $cell) (local.get $number) (local.get $separator)))
    (then (return (i32.const 16))))
  (call $slice (global.get $param) (select (global.get $param_length) (i32.const 0) (global.get $param_found))))

(func $param_valueat (param $cell i32) (param $number i64) (param $separator i32) (result i32)
  (local.set $cell (call $as_text (local.get $cell)))
  (if (i32.eqz (call $param_numbered (local.get $cell) (local.get $number) (local.get $separator)))
    (then (return (i32.const 16))))
  (call $slice
    (global.get $param_text)
    (select (global.get $param_text_length) (i32.const 0) (global.get $param_found))))
