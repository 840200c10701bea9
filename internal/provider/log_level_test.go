package provider

import (
	"errors"
	"log/slog"
	"maps"
	"testing"
)

func TestTheClientGathersNothingForLinesThatAreNotWritten(t *testing.T) {
	t.Parallel()
	levels := []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError}
	for variable, enabled := range map[string]int{"": 4, "TRACE": 4, "debug": 4, "anything": 4, "INFO": 3, "Warn": 2, "ERROR": 1, "OFF": 0} {
		handler := tflogHandler{leastLevel(environment(map[string]string{ownLevelVariable: variable}))}
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

func TestLibrariesLogNoMoreThanTerraformWrites(t *testing.T) {
	t.Parallel()
	both := func(level string) map[string]string {
		return map[string]string{"TF_LOG_SDK": level, "TF_LOG_PROVIDER_REBILLY": level}
	}
	for name, test := range map[string]struct{ environment, set map[string]string }{
		"no log":                    {nil, both("OFF")},
		"a level":                   {map[string]string{"TF_LOG": "debug"}, both("DEBUG")},
		"a level for providers":     {map[string]string{"TF_LOG": "TRACE", "TF_LOG_PROVIDER": "WARN"}, both("WARN")},
		"a log of Terraform alone":  {map[string]string{"TF_LOG_CORE": "TRACE"}, both("OFF")},
		"JSON":                      {map[string]string{"TF_LOG": "JSON"}, both("TRACE")},
		"what Terraform calls none": {map[string]string{"TF_LOG": "1"}, both("TRACE")},
		"levels that are there": {
			map[string]string{"TF_LOG_SDK": "ERROR", "TF_LOG_PROVIDER_REBILLY": "INFO"}, map[string]string{},
		},
	} {
		set := map[string]string{}
		err := LimitLogs(environment(test.environment), func(name, value string) error {
			set[name] = value

			return nil
		})
		if err != nil || !maps.Equal(set, test.set) {
			t.Errorf("%s: %v was set, want %v (%v)", name, set, test.set, err)
		}
	}
	if err := LimitLogs(environment(nil), func(string, string) error { return errors.New("no") }); err == nil {
		t.Error("an error was swallowed")
	}
}
