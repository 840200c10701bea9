package provider

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

var (
	_ action.ActionWithConfigure  = (*downloadOrganizationExportAction)(nil)
	_ action.ActionWithModifyPlan = (*downloadOrganizationExportAction)(nil)
)

// downloadOrganizationExportAction is the action
// rebilly_download_organization_export.
type downloadOrganizationExportAction struct {
	data *providerData
}

type downloadOrganizationExportActionModel struct {
	ID                types.String   `tfsdk:"id"`
	Path              types.String   `tfsdk:"path"`
	OrganizationID    types.String   `tfsdk:"organization_id"`
	WaitForCompletion types.Bool     `tfsdk:"wait_for_completion"`
	Timeouts          timeouts.Value `tfsdk:"timeouts"`
}

func newDownloadOrganizationExportAction() action.Action {
	return &downloadOrganizationExportAction{}
}

func (a *downloadOrganizationExportAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_download_organization_export"
}

func (a *downloadOrganizationExportAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Downloads the file of an organization data export, and verifies its size and SHA-1 (`GET /files/{id}`). " +
			"If the path already has the same content, it downloads nothing.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{Required: true, MarkdownDescription: idDescription, Validators: []validator.String{validExportID}},
			"path": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "Path of the file to write, with the mode `0600`. Missing parent folders are created. " +
					"If the download fails, an existing file stays as it is.",
				Validators: []validator.String{validFilePath},
			},
			"organization_id": schema.StringAttribute{Optional: true, MarkdownDescription: organizationIDDescription, Validators: []validator.String{validOrgID}},
			"wait_for_completion": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether to wait until the export is `completed`. With `false`, an export that is not completed is an error. Defaults to `false`.",
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": schema.SingleNestedBlock{
				CustomType: timeouts.Type{ObjectType: types.ObjectType{AttrTypes: map[string]attr.Type{"invoke": types.StringType}}},
				Attributes: map[string]schema.Attribute{
					"invoke": schema.StringAttribute{
						Optional:            true,
						MarkdownDescription: "Time limit for waiting and downloading, as a [Go duration](https://pkg.go.dev/time#ParseDuration) such as `90m` or `2h`. Defaults to `60m`.",
						Validators:          []validator.String{validDuration},
					},
				},
			},
		},
	}
}

func (a *downloadOrganizationExportAction) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	a.data = providerDataFrom(req.ProviderData, &resp.Diagnostics)
}

// ModifyPlan implements action.ActionWithModifyPlan. It refuses invalid arguments
// before the plan is approved.
func (a *downloadOrganizationExportAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	var config downloadOrganizationExportActionModel
	resp.Diagnostics.Append(getActionConfig(ctx, req.Config, &config)...)
}

// validate returns an error for every known argument that is invalid.
func (m downloadOrganizationExportActionModel) validate() diag.Diagnostics {
	diags := validExportID.checkRequired(path.Root("id"), m.ID)
	diags.Append(validFilePath.checkRequired(path.Root("path"), m.Path)...)
	diags.Append(validOrgID.check(path.Root("organization_id"), m.OrganizationID)...)
	diags.Append(checkInvokeTimeout(m.Timeouts.Object)...)

	return diags
}

// Invoke implements action.Action. It calls the API operations
// GetOrganizationExport and GetFile, and downloads the signed link.
func (a *downloadOrganizationExportAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config downloadOrganizationExportActionModel
	resp.Diagnostics.Append(getActionConfig(ctx, req.Config, &config)...)
	organizationID := a.data.organizationFor(config.OrganizationID)
	resp.Diagnostics.Append(a.data.ready(organizationID)...)
	if resp.Diagnostics.HasError() {
		return
	}
	// The configuration is valid, and so is its timeout.
	timeout, _ := config.Timeouts.Invoke(ctx, defaultDownloadTimeout)

	ctx, cancel := a.data.withTimeout(ctx, timeout)
	defer cancel()
	if err := a.download(ctx, config, organizationID.ValueString(), resp); err != nil {
		resp.Diagnostics.Append(a.data.downloadError(config.ID.ValueString(), config.Path.ValueString(), organizationID, err))
	}
}

// download downloads the file of the export and sends progress messages.
func (a *downloadOrganizationExportAction) download(ctx context.Context, config downloadOrganizationExportActionModel, organizationID string,
	resp *action.InvokeResponse,
) error {
	id, target := config.ID.ValueString(), config.Path.ValueString()
	export, err := a.data.client.GetOrganizationExport(ctx, organizationID, id)
	if err == nil && config.WaitForCompletion.ValueBool() && export.Status != rebilly.StatusCompleted {
		sendProgress(ctx, resp, "The status of export %s is %s.", id, a.data.client.ShownStatus(export))
		export, err = a.data.client.WaitForOrganizationExport(ctx, organizationID, export, statusProgress(ctx, resp, export))
	}
	if err != nil {
		return err
	}
	if export.Status != rebilly.StatusCompleted || export.FileID == nil {
		return a.noFileError(export)
	}
	file, err := a.data.client.GetFile(ctx, organizationID, *export.FileID)
	if err != nil {
		return &fileRecordError{err}
	}

	first, err := a.data.client.SignedLink(export)
	if err != nil {
		return err
	}
	start := time.Now()
	last := start
	downloaded, err := a.data.client.Download(ctx, rebilly.Download{
		File: file,
		Path: target,
		Link: func(ctx context.Context) (string, error) {
			if link := first; link != nil {
				first = nil

				return *link, nil
			}
			export, err := a.data.client.GetOrganizationExport(ctx, organizationID, id)
			if err != nil {
				return "", err
			}
			link, err := a.data.client.SignedLink(export)
			if err == nil && link == nil {
				err = a.noFileError(export)
			}
			if err != nil {
				return "", err
			}

			return *link, nil
		},
		Progress: func(written int64) {
			if now := time.Now(); now.Sub(last) >= downloadProgressInterval {
				last = now
				megabytes := float64(written) / 1e6
				sendProgress(ctx, resp, "Downloaded %.1f of %.1f MB (%d%%), %.1f MB/s.", megabytes, float64(file.Size)/1e6,
					100*written/max(file.Size, 1), megabytes/now.Sub(start).Seconds())
			}
		},
		Warn:     func(text string) { resp.Diagnostics.Append(fileNotProtectedWarning(text)) },
		Retrying: func(reason string) { sendProgress(ctx, resp, "Retrying the download of export %s: %s.", id, reason) },
	})
	switch {
	case err != nil:
		return err
	case downloaded:
		sendProgress(ctx, resp, "Saved export %s to %s: %d bytes. Its SHA-1 %s is the one in Rebilly's record.", id, target, file.Size, file.SHA1)
	default:
		sendProgress(ctx, resp, "%s already has export %s (%d bytes, SHA-1 %s). Nothing was downloaded.", target, id, file.Size, file.SHA1)
	}

	return nil
}

// fileRecordError says that the record of an export's file could not be read.
type fileRecordError struct{ error }

func (e *fileRecordError) Unwrap() error { return e.error }

// noFileError returns the error for an export that has no file to download.
func (a *downloadOrganizationExportAction) noFileError(export *rebilly.OrganizationExport) error {
	if rebilly.IsTerminal(export.Status) {
		return &rebilly.TerminalStatusError{Export: export}
	}

	reason := "its status is " + a.data.client.ShownStatus(export)
	if export.Status == rebilly.StatusCompleted {
		reason = "the export has no file"
	}

	return &notCompletedError{errors.New(reason), export}
}

// notCompletedError says that an export has no file to download.
type notCompletedError struct {
	error
	export *rebilly.OrganizationExport
}
