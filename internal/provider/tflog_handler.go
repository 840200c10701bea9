package provider

import (
	"context"
	"log/slog"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

var _ slog.Handler = tflogHandler{}

// tflogHandler hands the client's log lines to Terraform's log, by the logger
// that the context of a request to the provider carries.
type tflogHandler struct {
	// least is the least level that is written.
	least slog.Level
}

// Enabled implements slog.Handler.
func (h tflogHandler) Enabled(_ context.Context, level slog.Level) bool { return level >= h.least }

// Handle implements slog.Handler.
func (tflogHandler) Handle(ctx context.Context, record slog.Record) error {
	fields := make(map[string]any, record.NumAttrs())
	record.Attrs(func(attribute slog.Attr) bool {
		fields[attribute.Key] = attribute.Value.Any()

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

// WithAttrs implements slog.Handler; the client logs whole lines.
func (h tflogHandler) WithAttrs([]slog.Attr) slog.Handler { return h }

// WithGroup implements slog.Handler; the client logs whole lines.
func (h tflogHandler) WithGroup(string) slog.Handler { return h }
