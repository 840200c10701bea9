package provider

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestLogging_levels(t *testing.T) {
	t.Parallel()
	levels := []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError}
	for variable, enabled := range map[string]int{"": 4, "TRACE": 4, "debug": 4, "anything": 4, "INFO": 3, "Warn": 2, "ERROR": 1, "OFF": 0} {
		handler := tflogHandler{minLevel: minLevel(environment(map[string]string{logLevelVariable: variable}))}
		got := 0
		for _, level := range levels {
			if handler.Enabled(t.Context(), level) {
				got++
			}
		}
		if got != enabled {
			t.Errorf("%q: %d levels are enabled, want %d", variable, got, enabled)
		}
	}
}

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
		"an unknown level":      {map[string]string{"TF_LOG": "1"}, both("TRACE")},
		"levels that are set": {
			map[string]string{"TF_LOG_SDK": "ERROR", logLevelVariable: "INFO"}, map[string]string{},
		},
	} {
		set := map[string]string{}
		err := limitLogs(environment(test.environment), func(name, value string) error {
			set[name] = value

			return nil
		})
		if err != nil || !maps.Equal(set, test.set) {
			t.Errorf("%s: %v was set, want %v (%v)", name, set, test.set, err)
		}
		if want := set[logLevelVariable] == "OFF"; logsAreOff(environment(set)) != want {
			t.Errorf("%s: that the logs are off is not %t", name, want)
		}
	}
	if err := limitLogs(environment(nil), func(string, string) error { return errors.New("no") }); err == nil {
		t.Error("the error of setenv was swallowed")
	}
}

// logged returns the lines that log writes to Terraform's log, as JSON objects.
func logged(t *testing.T, log func(context.Context, *slog.Logger)) []map[string]any {
	t.Helper()
	var output bytes.Buffer
	log(tflogtest.RootLogger(t.Context(), &output), slog.New(tflogHandler{minLevel: slog.LevelDebug}))
	lines, err := tflogtest.MultilineJSONDecode(&output)
	if err != nil {
		t.Fatal(err)
	}

	return lines
}

func TestTflogHandler_keepsLevels(t *testing.T) {
	t.Parallel()
	for level, want := range map[slog.Level]string{
		slog.LevelDebug - 1: "debug", slog.LevelDebug: "debug", slog.LevelInfo: "info", slog.LevelWarn: "warn", slog.LevelError: "error",
	} {
		got := logged(t, func(ctx context.Context, logger *slog.Logger) {
			_ = logger.Handler().Handle(ctx, slog.NewRecord(time.Now(), level, "a line", 0))
		})
		if difference := cmp.Diff([]map[string]any{{"@level": want, "@message": "a line", "@module": "provider"}}, got); difference != "" {
			t.Errorf("%s: the log differs (-want +got):\n%s", level, difference)
		}
	}
}

func TestTflogHandler_keepsAttributes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		log  func(context.Context, *slog.Logger)
		want map[string]any
	}{
		"values": {
			func(ctx context.Context, logger *slog.Logger) {
				logger.InfoContext(ctx, "", slog.String("id", "x"), slog.Int("status", 200), slog.Bool("final", false))
			},
			map[string]any{"id": "x", "status": 200.0, "final": false},
		},
		"durations as text": {
			func(ctx context.Context, logger *slog.Logger) {
				logger.InfoContext(ctx, "", slog.Duration("waited", 27*time.Second), slog.Group("times", slog.Duration("delay", 1500*time.Millisecond)))
			},
			map[string]any{"waited": "27s", "times.delay": "1.5s"},
		},
		"values that resolve themselves": {
			func(ctx context.Context, logger *slog.Logger) {
				logger.InfoContext(ctx, "", slog.Any("credential", rebilly.SecretKey(rebillytest.SecretKey)))
			},
			map[string]any{"credential": "(sensitive)"},
		},
		"attributes of the logger": {
			func(ctx context.Context, logger *slog.Logger) {
				logger.With(slog.String("id", "x")).With(slog.Int("attempt", 2)).InfoContext(ctx, "", slog.Int("status", 200))
			},
			map[string]any{"id": "x", "attempt": 2.0, "status": 200.0},
		},
		"groups": {
			func(ctx context.Context, logger *slog.Logger) {
				logger.With(slog.String("id", "x")).WithGroup("outer").With(slog.Int("one", 1)).WithGroup("").WithGroup("inner").
					InfoContext(ctx, "", slog.Int("two", 2), slog.Group("", slog.Int("three", 3)))
			},
			map[string]any{"id": "x", "outer.one": 1.0, "outer.inner.two": 2.0, "outer.inner.three": 3.0},
		},
		"groups of the logger": {
			func(ctx context.Context, logger *slog.Logger) {
				logger.WithGroup("outer").With(slog.Group("", slog.Int("one", 1)), slog.Group("inner", slog.Int("two", 2))).InfoContext(ctx, "")
			},
			map[string]any{"outer.one": 1.0, "outer.inner.two": 2.0},
		},
		"empty attributes": {
			func(ctx context.Context, logger *slog.Logger) { logger.LogAttrs(ctx, slog.LevelInfo, "", slog.Attr{}) },
			map[string]any{},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := map[string]any{"@level": "info", "@message": "", "@module": "provider"}
			maps.Copy(want, test.want)
			if difference := cmp.Diff([]map[string]any{want}, logged(t, test.log)); difference != "" {
				t.Errorf("the log differs (-want +got):\n%s", difference)
			}
		})
	}
}

func TestTflogHandler_loggersAreIndependent(t *testing.T) {
	t.Parallel()
	got := logged(t, func(ctx context.Context, logger *slog.Logger) {
		parent := logger.With(slog.Int("a", 1), slog.Int("b", 2), slog.Int("c", 3))
		one, two := parent.With(slog.String("child", "one")), parent.With(slog.String("child", "two"))
		one.InfoContext(ctx, "")
		two.InfoContext(ctx, "")
		parent.InfoContext(ctx, "")
	})
	if len(got) != 3 || got[0]["child"] != "one" || got[1]["child"] != "two" || got[2]["child"] != nil {
		t.Errorf("the log is %v", got)
	}
}
