package provider

import (
	"bytes"
	"context"
	"log/slog"
	"maps"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestLimitLogs_setsTheLevelThatTerraformWrites(t *testing.T) {
	t.Parallel()
	both := func(level string) map[string]string {
		return map[string]string{sdkLogLevelVariable: level, logLevelVariable: level}
	}
	for name, test := range map[string]struct{ environment, set map[string]string }{
		"no log":                {nil, both("OFF")},
		"a level":               {map[string]string{"TF_LOG": "debug"}, both("DEBUG")},
		"a level for providers": {map[string]string{"TF_LOG": "TRACE", "TF_LOG_PROVIDER": "WARN"}, both("WARN")},
		"a log of core only":    {map[string]string{"TF_LOG_CORE": "TRACE"}, both("OFF")},
		"JSON":                  {map[string]string{"TF_LOG": "JSON"}, both("TRACE")},
		"an unknown level":      {map[string]string{"TF_LOG": " info"}, both("TRACE")},
		"levels that are set":   {map[string]string{sdkLogLevelVariable: "ERROR", logLevelVariable: "INFO"}, nil},
	} {
		set := map[string]string{}
		limitLogs(environment(test.environment), func(name, value string) error {
			set[name] = value

			return nil
		})
		if !maps.Equal(set, test.set) {
			t.Errorf("%s: %v was set, want %v", name, set, test.set)
		}
		if want := set[logLevelVariable] == "OFF"; logsAreOff(environment(set)) != want {
			t.Errorf("%s: that the logs are off is not %t", name, want)
		}
	}
	if (tflogHandler{off: true}).Enabled(t.Context(), slog.LevelError) {
		t.Error("lines are made for a log that is off")
	}
}

// logged returns the lines that log writes to Terraform's log, as JSON objects.
func logged(t *testing.T, log func(context.Context, *slog.Logger)) []map[string]any {
	t.Helper()
	var output bytes.Buffer
	log(tflogtest.RootLogger(t.Context(), &output), slog.New(tflogHandler{}))

	return must(tflogtest.MultilineJSONDecode(&output))
}

func TestTflogHandler_keepsLevels(t *testing.T) {
	t.Parallel()
	for level, want := range map[slog.Level]string{
		slog.LevelDebug - 1: "debug", slog.LevelDebug: "debug", slog.LevelInfo: "info", slog.LevelWarn: "warn", slog.LevelError: "warn",
	} {
		got := logged(t, func(ctx context.Context, logger *slog.Logger) {
			_ = logger.Handler().Handle(ctx, slog.NewRecord(time.Now(), level, "a line", 0))
		})
		mustEqual(t, level.String(), []map[string]any{{"@level": want, "@message": "a line", "@module": "provider"}}, got)
	}
}

func TestTflogHandler_keepsAttributes(t *testing.T) {
	t.Parallel()
	got := logged(t, func(ctx context.Context, logger *slog.Logger) {
		logger.LogAttrs(ctx, slog.LevelInfo, "", slog.String("id", "x"), slog.Int("status", 200), slog.Bool("final", false),
			slog.Duration("waited", 27*time.Second), slog.Any("credential", rebilly.SecretKey(rebillytest.SecretKey)))
	})
	mustEqual(t, "the line", []map[string]any{{
		"@level": "info", "@message": "", "@module": "provider",
		"id": "x", "status": 200.0, "final": false, "waited": "27s", "credential": map[string]any{},
	}}, got)
}
