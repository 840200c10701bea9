package provider

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"
)

func TestLinesOfTheClientReachTerraformsLogWithTheirLevelsAndFields(t *testing.T) {
	t.Parallel()
	var output bytes.Buffer
	ctx := tflogtest.RootLogger(t.Context(), &output)
	logger := slog.New(tflogHandler{slog.LevelDebug})
	logger.DebugContext(ctx, "an exchange", slog.Int("status", 200))
	logger.InfoContext(ctx, "a wait", slog.String("id", "x"))
	logger.WarnContext(ctx, "a failure", slog.Bool("final", false))

	got, err := tflogtest.MultilineJSONDecode(&output)
	if err != nil {
		t.Fatal(err)
	}
	want := []map[string]any{
		{"@level": "debug", "@message": "an exchange", "@module": "provider", "status": 200.0},
		{"@level": "info", "@message": "a wait", "@module": "provider", "id": "x"},
		{"@level": "warn", "@message": "a failure", "@module": "provider", "final": false},
	}
	if difference := cmp.Diff(want, got); difference != "" {
		t.Errorf("the log differs (-want +got):\n%s", difference)
	}
}
