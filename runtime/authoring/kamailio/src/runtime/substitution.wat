;; {re.subst,/pattern/replacement/}: follows the steps of a pattern (src/pattern/program.rs) side by
;; side. The leftmost match counts, and of those that begin there the longest, as POSIX has it.

;; The steps, their number and the first one; how many places each thread keeps.
(global $re_steps (mut i32) (i32.const 0))
(global $re_count (mut i32) (i32.const 0))
(global $re_first (mut i32) (i32.const 0))
(global $re_slots (mut i32) (i32.const 0))
(global $re_lines (mut i32) (i32.const 0))
;; Whether something was replaced, for who sets it to 0 before.
(global $re_done (mut i32) (i32.const 0))
;; The text.
(global $re_at (mut i32) (i32.const 0))
(global $re_length (mut i32) (i32.const 0))
;; For each step the place at which it was last entered, plus 1.
(global $re_seen (mut i32) (i32.const 0))
;; The threads of the list that is filled, and how many there are: a step and its places.
(global $re_list (mut i32) (i32.const 0))
(global $re_threads (mut i32) (i32.const 0))
;; The places of the thread that is followed, and those of the match.
(global $re_own (mut i32) (i32.const 0))
(global $re_match (mut i32) (i32.const 0))

(func $re_is_start (param $place i32) (result i32)
  (if (i32.eqz (local.get $place)) (then (return (i32.const 1))))
  (i32.and
    (global.get $re_lines)
    (i32.eq (i32.load8_u (i32.sub (i32.add (global.get $re_at) (local.get $place)) (i32.const 1))) (i32.const 10))))

(func $re_is_end (param $place i32) (result i32)
  (if (i32.eq (local.get $place) (global.get $re_length)) (then (return (i32.const 1))))
  (i32.and
    (global.get $re_lines)
    (i32.eq (i32.load8_u (i32.add (global.get $re_at) (local.get $place))) (i32.const 10))))

;; Follows a step to those that take an byte.
(func $re_enter (param $step i32) (param $place i32)
  (local $at i32) (local $op i32) (local $next i32) (local $slot i32) (local $old i32)
  (local.set $at (i32.add (global.get $re_seen) (i32.shl (local.get $step) (i32.const 2))))
  (if (i32.eq (i32.load (local.get $at)) (i32.add (local.get $place) (i32.const 1))) (then (return)))
  (i32.store (local.get $at) (i32.add (local.get $place) (i32.const 1)))
  (local.set $at (i32.add (global.get $re_steps) (i32.mul (local.get $step) (i32.const 12))))
  (local.set $op (i32.load (local.get $at)))
  (local.set $next (i32.load offset=4 (local.get $at)))
  (if (i32.eq (local.get $op) (i32.const 2))
    (then
      (call $re_enter (local.get $next) (local.get $place))
      (call $re_enter (i32.load offset=8 (local.get $at)) (local.get $place))
      (return)))
  (if (i32.eq (local.get $op) (i32.const 3))
    (then
      (local.set $slot (i32.add (global.get $re_own) (i32.shl (i32.load offset=8 (local.get $at)) (i32.const 2))))
      (local.set $old (i32.load (local.get $slot)))
      (i32.store (local.get $slot) (local.get $place))
      (call $re_enter (local.get $next) (local.get $place))
      (i32.store (local.get $slot) (local.get $old))
      (return)))
  (if (i32.eq (local.get $op) (i32.const 4))
    (then
      (if (call $re_is_start (local.get $place)) (then (call $re_enter (local.get $next) (local.get $place))))
      (return)))
  (if (i32.eq (local.get $op) (i32.const 5))
    (then
      (if (call $re_is_end (local.get $place)) (then (call $re_enter (local.get $next) (local.get $place))))
      (return)))
  (local.set $at (call $re_thread (global.get $re_list) (global.get $re_threads)))
  (i32.store (local.get $at) (local.get $step))
  (memory.copy
    (i32.add (local.get $at) (i32.const 4))
    (global.get $re_own)
    (i32.shl (global.get $re_slots) (i32.const 2)))
  (global.set $re_threads (i32.add (global.get $re_threads) (i32.const 1))))

(func $re_thread (param $list i32) (param $number i32) (result i32)
  (i32.add
    (local.get $list)
    (i32.mul (local.get $number) (i32.shl (i32.add (global.get $re_slots) (i32.const 1)) (i32.const 2)))))

;; Finds the next match from a place on: whether there is one. Its places are in $re_match then.
;; $spare is room for a list.
(func $re_find (param $place i32) (param $spare i32) (result i32)
  (local $threads i32) (local $number i32) (local $thread i32) (local $list i32) (local $found i32) (local $step i32)
  (local $size i32)
  (local.set $size (i32.shl (global.get $re_slots) (i32.const 2)))
  (memory.fill (global.get $re_seen) (i32.const 0) (i32.shl (global.get $re_count) (i32.const 2)))
  (local.set $list (global.get $re_list))
  (global.set $re_list (local.get $spare))
  (block $done
    (loop $next
      ;; The threads so far are in $list; a new one begins here unless something has matched.
      (global.set $re_threads (local.get $threads))
      (global.set $re_list (local.get $list))
      (if (i32.eqz (local.get $found))
        (then
          (memory.fill (global.get $re_own) (i32.const 255) (local.get $size))
          (call $re_enter (global.get $re_first) (local.get $place))))
      (local.set $threads (global.get $re_threads))
      (br_if $done (i32.eqz (i32.or (local.get $threads) (i32.eqz (local.get $found)))))
      (global.set $re_list (local.get $spare))
      (global.set $re_threads (i32.const 0))
      (local.set $number (i32.const 0))
      (block $stepped
        (loop $each
          (br_if $stepped (i32.ge_u (local.get $number) (local.get $threads)))
          (local.set $thread (call $re_thread (local.get $list) (local.get $number)))
          (local.set $number (i32.add (local.get $number) (i32.const 1)))
          (local.set $step
            (i32.add (global.get $re_steps) (i32.mul (i32.load (local.get $thread)) (i32.const 12))))
          (local.set $thread (i32.add (local.get $thread) (i32.const 4)))
          (if (i32.eqz (i32.load (local.get $step)))
            (then
              (if (call $re_is_better (local.get $thread) (local.get $found))
                (then
                  (memory.copy (global.get $re_match) (local.get $thread) (local.get $size))
                  (local.set $found (i32.const 1)))))
            (else
              (if (call $re_takes (i32.load offset=8 (local.get $step)) (local.get $place))
                (then
                  (memory.copy (global.get $re_own) (local.get $thread) (local.get $size))
                  (call $re_enter (i32.load offset=4 (local.get $step)) (i32.add (local.get $place) (i32.const 1)))))))
          (br $each)))
      (local.set $threads (global.get $re_threads))
      ;; The two lists change places.
      (local.set $step (local.get $list))
      (local.set $list (local.get $spare))
      (local.set $spare (local.get $step))
      (local.set $place (i32.add (local.get $place) (i32.const 1)))
      (br_if $next (i32.le_u (local.get $place) (global.get $re_length)))))
  (global.set $re_list (local.get $list))
  (local.get $found))

;; Whether a set, an byte for each byte, has the one at a place.
(func $re_takes (param $set i32) (param $place i32) (result i32)
  (if (i32.ge_u (local.get $place) (global.get $re_length)) (then (return (i32.const 0))))
  (i32.load8_u (i32.add (local.get $set) (i32.load8_u (i32.add (global.get $re_at) (local.get $place))))))

;; Whether a match begins before the one that was found, or there and ends later.
(func $re_is_better (param $places i32) (param $found i32) (result i32)
  (local $begin i32) (local $known i32)
  (if (i32.eqz (local.get $found)) (then (return (i32.const 1))))
  (local.set $begin (i32.load (local.get $places)))
  (local.set $known (i32.load (global.get $re_match)))
  (if (i32.ne (local.get $begin) (local.get $known))
    (then (return (i32.lt_u (local.get $begin) (local.get $known)))))
  (i32.gt_u (i32.load offset=4 (local.get $places)) (i32.load offset=4 (global.get $re_match))))

;; $flags: 1 all matches, 2 a text of lines. A match of nothing is an error to Kamailio.
(func $re_subst (param $cell i32) (param $steps i32) (param $count i32) (param $first i32) (param $slots i32)
  (param $pieces i32) (param $pieces_count i32) (param $cells i32) (param $flags i32) (result i32)
  (local $size i32) (local $spare i32) (local $place i32)
  (if (call $is_null (local.get $cell)) (then (return (i32.const 16))))
  (call $to_text (local.get $cell))
  (global.set $re_length)
  (global.set $re_at)
  (global.set $re_steps (local.get $steps))
  (global.set $re_count (local.get $count))
  (global.set $re_first (local.get $first))
  (global.set $re_slots (local.get $slots))
  (global.set $re_lines (i32.shr_u (local.get $flags) (i32.const 1)))
  (local.set $size (i32.mul (local.get $count) (i32.shl (i32.add (local.get $slots) (i32.const 1)) (i32.const 2))))
  (global.set $re_seen (call $alloc (i32.shl (local.get $count) (i32.const 2))))
  (global.set $re_own (call $alloc (i32.shl (local.get $slots) (i32.const 2))))
  (global.set $re_match (call $alloc (i32.shl (local.get $slots) (i32.const 2))))
  (global.set $re_list (call $alloc (local.get $size)))
  (local.set $spare (call $alloc (local.get $size)))
  (if (i32.eqz (call $re_find (i32.const 0) (local.get $spare))) (then (return (local.get $cell))))
  (call $begin)
  (i32.store (global.get $link.odd) (i32.const 1))
  (block $done
    (loop $next
      (if (i32.eq (i32.load (global.get $re_match)) (i32.load offset=4 (global.get $re_match)))
        (then
          (drop (call $finish_cell))
          (return (i32.const 16))))
      (call $put
        (i32.add (global.get $re_at) (local.get $place))
        (i32.sub (i32.load (global.get $re_match)) (local.get $place)))
      (call $re_put (local.get $pieces) (local.get $pieces_count) (local.get $cells))
      (local.set $place (i32.load offset=4 (global.get $re_match)))
      (br_if $done (i32.eqz (i32.and (local.get $flags) (i32.const 1))))
      (br_if $next (call $re_find (local.get $place) (call $re_other (local.get $spare) (local.get $size))))))
  (call $put (i32.add (global.get $re_at) (local.get $place)) (i32.sub (global.get $re_length) (local.get $place)))
  (global.set $re_done (i32.const 1))
  (call $finish_cell))

;; The list that $re_list is not: the two of them lie side by side, this one second.
(func $re_other (param $spare i32) (param $size i32) (result i32)
  (if (i32.ne (global.get $re_list) (local.get $spare)) (then (return (local.get $spare))))
  (i32.sub (local.get $spare) (i32.and (i32.add (local.get $size) (i32.const 7)) (i32.const -8))))

;; What takes the place of a match.
(func $re_put (param $pieces i32) (param $count i32) (param $cells i32)
  (local $kind i32) (local $number i32) (local $places i32)
  (block $done
    (loop $next
      (br_if $done (i32.eqz (local.get $count)))
      (local.set $kind (i32.load (local.get $pieces)))
      (local.set $number (i32.load offset=4 (local.get $pieces)))
      (if (i32.eqz (local.get $kind))
        (then (call $put (local.get $number) (i32.load offset=8 (local.get $pieces)))))
      (if (i32.eq (local.get $kind) (i32.const 2))
        (then (call $put_value (i32.load (i32.add (local.get $cells) (i32.shl (local.get $number) (i32.const 2)))))))
      (if (i32.and
            (i32.eq (local.get $kind) (i32.const 1))
            (i32.lt_u (i32.shl (local.get $number) (i32.const 1)) (global.get $re_slots)))
        (then
          (local.set $places (i32.add (global.get $re_match) (i32.shl (local.get $number) (i32.const 3))))
          ;; A group that took no part is nothing.
          (if (i32.ne (i32.load (local.get $places)) (i32.const -1))
            (then
              (call $put
                (i32.add (global.get $re_at) (i32.load (local.get $places)))
                (i32.sub (i32.load offset=4 (local.get $places)) (i32.load (local.get $places))))))))
      (local.set $pieces (i32.add (local.get $pieces) (i32.const 12)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $next))))
