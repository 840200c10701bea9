package provider

import (
	"cmp"
	"log/slog"
	"strings"
)

// ownLevelVariable is the variable by which terraform-plugin-log chooses what
// of this provider's own log it writes; everything, where it is not set.
const ownLevelVariable = "TF_LOG_PROVIDER_REBILLY"

// libraryLevelVariables are that one and the same for the libraries' own log.
var libraryLevelVariables = []string{"TF_LOG_SDK", ownLevelVariable}

// levels are the levels of a log that leave something out, with the least that
// is written of each. All others, such as TRACE, leave out nothing.
var levels = map[string]slog.Level{
	"DEBUG": slog.LevelDebug,
	"INFO":  slog.LevelInfo,
	"WARN":  slog.LevelWarn,
	"ERROR": slog.LevelError,
	"OFF":   slog.LevelError + 1,
}

// LimitLogs sets the variables by which the plugin libraries choose what to
// log, where they are not set, to the level that Terraform writes providers'
// logs from. It works by the given functions, which are os.Getenv and
// os.Setenv. The libraries would write every line of every level for Terraform
// to drop: with TF_LOG off, that is a quarter of the provider's work, and more
// in Terraform.
func LimitLogs(getenv func(string) string, setenv func(name, value string) error) error {
	level := strings.ToUpper(cmp.Or(getenv("TF_LOG_PROVIDER"), getenv("TF_LOG"), "OFF"))
	if _, known := levels[level]; !known {
		// TRACE and JSON; Terraform takes what it does not know for TRACE too.
		level = "TRACE"
	}
	for _, name := range libraryLevelVariables {
		if getenv(name) != "" {
			continue
		}
		if err := setenv(name, level); err != nil {
			return err
		}
	}

	return nil
}

// leastLevel returns the least level that terraform-plugin-log writes lines of
// this provider of. Lines below it are dropped there, after their fields were
// gathered and cleaned.
func leastLevel(getenv func(string) string) slog.Level {
	if least, known := levels[strings.ToUpper(getenv(ownLevelVariable))]; known {
		return least
	}

	return slog.LevelDebug
}
