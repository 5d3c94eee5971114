// Package log writes lines of the operator's log.
package log

import log "wit_component/evroute_log_log"

func Error(text string)   { log.Log(log.LevelError, text) }
func Warning(text string) { log.Log(log.LevelWarning, text) }
func Notice(text string)  { log.Log(log.LevelNotice, text) }
func Info(text string)    { log.Log(log.LevelInfo, text) }
func Debug(text string)   { log.Log(log.LevelDebug, text) }
