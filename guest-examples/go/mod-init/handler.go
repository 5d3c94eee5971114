// Package handler leaves a trace of every start: in a shared table, in a shared counter and in a database.
package handler

import (
	"wit_component/evroute/htable"
	"wit_component/evroute/pv"
	"wit_component/evroute/shv"
	"wit_component/evroute/sql"
	event "wit_component/evroute_htable_mod_init"
)

func HtableModInit(*event.ModInitEvent) (event.Verdict, error) {
	return event.VerdictProceed, start()
}

func start() error {
	now, err := pv.Int("$TS") // seconds since 1970, at the time of the event
	if err != nil {
		return err
	}
	server, err := htable.Open("server")
	if err != nil {
		return err
	}
	if err := server.Set("started", now); err != nil {
		return err
	}
	if _, err := shv.Add("starts", 1); err != nil {
		return err
	}
	return record(now)
}

func record(now int64) error {
	main, err := sql.Open("main")
	if err != nil {
		return err
	}
	if _, err := main.Exec("create table if not exists restarts (started_at integer not null)"); err != nil {
		return err
	}
	_, err = main.Exec("insert into restarts (started_at) values (?)", now)
	return err
}
