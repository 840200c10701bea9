package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

// waitProgressInterval is the time after which a message says that a wait
// continues. Only polls send messages, and they are up to 30 seconds apart.
const waitProgressInterval = 10 * time.Second

// downloadProgressInterval is the time between two progress messages of a download.
const downloadProgressInterval = 5 * time.Second

// statusProgress returns a function that sends a progress message for every new
// status of an export, and from time to time while the status stays the same.
// The caller has shown the first status.
func statusProgress(ctx context.Context, resp *action.InvokeResponse, export *rebilly.OrganizationExport) func(string, time.Duration) {
	var (
		shown string
		at    time.Duration
	)

	return func(status string, waited time.Duration) {
		switch {
		case shown == "":
		case status != shown:
			sendProgress(ctx, resp, "Export %s is %s after %s.", export.ID, status, waited.Round(time.Second))
		case waited-at >= waitProgressInterval:
			sendProgress(ctx, resp, "Export %s is still %s after %s.", export.ID, status, waited.Round(time.Second))
		default:
			return
		}
		shown, at = status, waited
	}
}

// sendProgress sends a progress message of an action, formatted like fmt.Sprintf.
// It sends nothing after an interruption: Terraform 1.14 stops reading at the next
// message, and crashes at the one after that. The result of the action must be the
// only one. Delete the condition when Terraform 1.14 is not supported.
func sendProgress(ctx context.Context, resp *action.InvokeResponse, format string, arguments ...any) {
	if isInterrupted(ctx) {
		return
	}
	resp.SendProgress(action.InvokeProgressEvent{Message: fmt.Sprintf(format, arguments...)})
}

// isInterrupted reports whether Terraform was interrupted. The end of the time
// allowed is not an interruption.
func isInterrupted(ctx context.Context) bool {
	return errors.Is(ctx.Err(), context.Canceled)
}

// getActionConfig reads and validates the configuration of an action. Without a config
// block, it is null, which means that all arguments are.
func getActionConfig(ctx context.Context, config tfsdk.Config, model interface{ validate() diag.Diagnostics }) diag.Diagnostics {
	var diags diag.Diagnostics
	if !config.Raw.IsNull() {
		diags = config.Get(ctx, model)
	}
	diags.Append(model.validate()...)

	return diags
}
