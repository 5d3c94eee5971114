;; What C libraries and Go ask of WASI's first version, answered by what this server offers of the
;; second: the event's time, the run's randomness, and lines of the log. There are no arguments, no
;; environment, no files, no network, and no waiting. evroute-componentize puts this between a
;; handler and its world; what a handler does not import is omitted, with what that asks for.
(module
  (import "env" "memory" (memory 0))
  (import "wasi:clocks/monotonic-clock@0.2.12" "now" (func $now (result i64)))
  (import "wasi:random/random@0.2.12" "get-random-u64" (func $random (result i64)))
  (import "wasi:cli/stdout@0.2.12" "get-stdout" (func $get-stdout (result i32)))
  (import "wasi:cli/stderr@0.2.12" "get-stderr" (func $get-stderr (result i32)))
  (import "wasi:cli/exit@0.2.12" "exit" (func $exit (param i32)))
  (import "wasi:io/streams@0.2.12" "[method]output-stream.blocking-write-and-flush"
    (func $write (param i32 i32 i32 i32)))
  ;; The streams, once they were asked for; a handle is never 0.
  (global $stdout (mut i32) (i32.const 0))
  (global $stderr (mut i32) (i32.const 0))
  (func $nothing-of-two (param i32 i32) (result i32)
    (i32.store (local.get 0) (i32.const 0))
    (i32.store (local.get 1) (i32.const 0))
    (i32.const 0))
  (func $nothing (param i32 i32) (result i32) (i32.const 0))
  (export "args_sizes_get" (func $nothing-of-two))
  (export "environ_sizes_get" (func $nothing-of-two))
  (export "args_get" (func $nothing))
  (export "environ_get" (func $nothing))
  (func (export "sched_yield") (result i32) (i32.const 0))
  ;; Both clocks stand at the event's time, in nanoseconds since 1970.
  (func (export "clock_time_get") (param $clock i32) (param $precision i64) (param $at i32) (result i32)
    (i64.store align=1 (local.get $at) (call $now))
    (i32.const 0))
  (func (export "clock_res_get") (param $clock i32) (param $at i32) (result i32)
    (i64.store align=1 (local.get $at) (i64.const 1000))
    (i32.const 0))
  (func (export "random_get") (param $at i32) (param $bytes i32) (result i32)
    (local $number i64)
    (block $end
      (loop $next
        (br_if $end (i32.eqz (local.get $bytes)))
        ;; The last number may have more bytes than are wanted.
        (if (i32.ge_u (local.get $bytes) (i32.const 8))
          (then
            (i64.store align=1 (local.get $at) (call $random))
            (local.set $at (i32.add (local.get $at) (i32.const 8)))
            (local.set $bytes (i32.sub (local.get $bytes) (i32.const 8)))
            (br $next)))
        (local.set $number (call $random))
        (loop $rest
          (i64.store8 (local.get $at) (local.get $number))
          (local.set $number (i64.shr_u (local.get $number) (i64.const 8)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (local.set $bytes (i32.sub (local.get $bytes) (i32.const 1)))
          (br_if $rest (local.get $bytes)))))
    (i32.const 0))
  (func $stream (param $file i32) (result i32)
    (if (i32.eq (local.get $file) (i32.const 1))
      (then
        (if (i32.eqz (global.get $stdout)) (then (global.set $stdout (call $get-stdout))))
        (return (global.get $stdout))))
    (if (i32.eq (local.get $file) (i32.const 2))
      (then
        (if (i32.eqz (global.get $stderr)) (then (global.set $stderr (call $get-stderr))))
        (return (global.get $stderr))))
    (i32.const 0))
  ;; One part of what is written, in pieces of what a stream takes at once. Its answer needs room:
  ;; 12 bytes of the handler's memory, which are as they were afterwards.
  (func $print (param $stream i32) (param $at i32) (param $bytes i32)
    (local $piece i32) (local $first i64) (local $last i32)
    (local.set $first (i64.load (i32.const 16)))
    (local.set $last (i32.load (i32.const 24)))
    (block $end
      (loop $next
        (br_if $end (i32.eqz (local.get $bytes)))
        (local.set $piece (local.get $bytes))
        (if (i32.gt_u (local.get $piece) (i32.const 4096)) (then (local.set $piece (i32.const 4096))))
        (call $write (local.get $stream) (local.get $at) (local.get $piece) (i32.const 16))
        (i64.store (i32.const 16) (local.get $first))
        (i32.store (i32.const 24) (local.get $last))
        (local.set $at (i32.add (local.get $at) (local.get $piece)))
        (local.set $bytes (i32.sub (local.get $bytes) (local.get $piece)))
        (br $next))))
  (func (export "fd_write") (param $file i32) (param $list i32) (param $parts i32) (param $written i32) (result i32)
    (local $stream i32) (local $sum i32)
    (local.set $stream (call $stream (local.get $file)))
    (if (i32.eqz (local.get $stream)) (then (return (i32.const 8))))
    (block $end
      (loop $next
        (br_if $end (i32.eqz (local.get $parts)))
        (call $print (local.get $stream) (i32.load (local.get $list)) (i32.load offset=4 (local.get $list)))
        (local.set $sum (i32.add (local.get $sum) (i32.load offset=4 (local.get $list))))
        (local.set $list (i32.add (local.get $list) (i32.const 8)))
        (local.set $parts (i32.sub (local.get $parts) (i32.const 1)))
        (br $next)))
    (i32.store (local.get $written) (local.get $sum))
    (i32.const 0))
  ;; The three standard streams say that they are terminals, so that a C library writes line by
  ;; line: nobody flushes what is left when a run is over. Everything else is no descriptor.
  (func (export "fd_fdstat_get") (param $file i32) (param $at i32) (result i32)
    (if (i32.gt_u (local.get $file) (i32.const 2)) (then (return (i32.const 8))))
    (memory.fill (local.get $at) (i32.const 0) (i32.const 24))
    (i32.store8 (local.get $at) (i32.const 2))
    ;; The rights to read and to write, not to seek.
    (i64.store offset=8 (local.get $at) (i64.const 0x42))
    (i32.const 0))
  ;; Nothing to wait for, as 52 says: not supported.
  (func (export "poll_oneoff") (param i32 i32 i32 i32) (result i32) (i32.const 52))
  ;; There is no such file, directory or socket, as 8 says: bad descriptor.
  (func (export "fd_close") (param i32) (result i32) (i32.const 8))
  (func (export "fd_fdstat_set_flags") (param i32 i32) (result i32) (i32.const 8))
  (func (export "fd_fdstat_set_rights") (param i32 i64 i64) (result i32) (i32.const 8))
  (func (export "fd_filestat_get") (param i32 i32) (result i32) (i32.const 8))
  (func (export "fd_filestat_set_size") (param i32 i64) (result i32) (i32.const 8))
  (func (export "fd_pread") (param i32 i32 i32 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_prestat_dir_name") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "fd_prestat_get") (param i32 i32) (result i32) (i32.const 8))
  (func (export "fd_pwrite") (param i32 i32 i32 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_read") (param i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "fd_readdir") (param i32 i32 i32 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_seek") (param i32 i64 i32 i32) (result i32) (i32.const 8))
  (func (export "fd_sync") (param i32) (result i32) (i32.const 8))
  (func (export "path_create_directory") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_filestat_get") (param i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_filestat_set_times") (param i32 i32 i32 i32 i64 i64 i32) (result i32) (i32.const 8))
  (func (export "path_link") (param i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_open") (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32) (i32.const 8))
  (func (export "path_readlink") (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_remove_directory") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_rename") (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_symlink") (param i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_unlink_file") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "sock_accept") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "sock_recv") (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "sock_send") (param i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "sock_shutdown") (param i32 i32) (result i32) (i32.const 8))
  ;; A handler ends by returning its verdict; the server says so.
  (func (export "proc_exit") (param $code i32)
    (call $exit (i32.ne (local.get $code) (i32.const 0)))
    (unreachable)))
