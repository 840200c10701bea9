package provider

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// The variables from which terraform-plugin-log takes the level of this
// provider's log, and that of the plugin libraries.
const (
	logLevelVariable    = "TF_LOG_PROVIDER_REBILLY"
	sdkLogLevelVariable = "TF_LOG_SDK"
)

// logLevels are the levels that leave something out. All others, such as TRACE, leave
// nothing out.
var logLevels = []string{"DEBUG", "INFO", "WARN", "ERROR", "OFF"}

// limitLogs sets the variables from which the plugin libraries take the levels
// of their logs, unless they are set, to the level that Terraform writes. It
// uses the given functions, which are os.Getenv and os.Setenv. Without it, the
// libraries write every line for Terraform to drop: with TF_LOG off, that is a
// quarter of the provider's CPU time.
func limitLogs(getenv func(string) string, setenv func(name, value string) error) {
	level := strings.ToUpper(cmp.Or(getenv("TF_LOG_PROVIDER"), getenv("TF_LOG"), "OFF"))
	if !slices.Contains(logLevels, level) {
		// TRACE and JSON. Terraform also treats unknown levels as TRACE, such as one with
		// a space.
		level = "TRACE"
	}
	for _, name := range []string{sdkLogLevelVariable, logLevelVariable} {
		if getenv(name) == "" {
			// Without it, the log is only longer.
			_ = setenv(name, level)
		}
	}
}

// logsAreOff reports whether the plugin libraries write no line at all.
func logsAreOff(getenv func(string) string) bool {
	return strings.EqualFold(getenv(sdkLogLevelVariable), "OFF") && strings.EqualFold(getenv(logLevelVariable), "OFF")
}

var _ slog.Handler = tflogHandler{}

// tflogHandler writes the client's log to Terraform's log, with the logger in
// the context of a provider request. If that is off, no line is made for it to drop. The
// client uses neither groups nor With.
type tflogHandler struct{ off bool }

func (h tflogHandler) Enabled(context.Context, slog.Level) bool { return !h.off }

func (h tflogHandler) Handle(ctx context.Context, record slog.Record) error {
	fields := make(map[string]any, record.NumAttrs())
	record.Attrs(func(attribute slog.Attr) bool {
		value := attribute.Value
		fields[attribute.Key] = value.Any()
		if value.Kind() == slog.KindDuration {
			// As a number, it would be nanoseconds.
			fields[attribute.Key] = value.String()
		}

		return true
	})
	switch {
	case record.Level >= slog.LevelWarn:
		tflog.Warn(ctx, record.Message, fields)
	case record.Level >= slog.LevelInfo:
		tflog.Info(ctx, record.Message, fields)
	default:
		tflog.Debug(ctx, record.Message, fields)
	}

	return nil
}

func (h tflogHandler) WithAttrs([]slog.Attr) slog.Handler { return h }

func (h tflogHandler) WithGroup(string) slog.Handler { return h }
