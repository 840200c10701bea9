package provider

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

var _ list.ListResourceWithConfigure = (*organizationExportListResource)(nil)

// organizationExportListResource is the list resource
// rebilly_organization_export, for terraform query. It has the type name and the
// provider data of the resource.
type organizationExportListResource struct {
	organizationExportResource
}

type organizationExportListResourceModel struct {
	OrganizationID types.String   `tfsdk:"organization_id"`
	Filter         types.String   `tfsdk:"filter"`
	Query          types.String   `tfsdk:"query"`
	Sort           []types.String `tfsdk:"sort"`
}

func newOrganizationExportListResource() list.ListResource {
	return &organizationExportListResource{}
}

func (l *organizationExportListResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Finds organization data exports to import (`GET /organization-exports`). " +
			fmt.Sprintf("Rebilly returns at most %d exports per query; if more match, a warning says so.", rebilly.MaxListable),
		Attributes: map[string]schema.Attribute{
			"organization_id": schema.StringAttribute{Optional: true, MarkdownDescription: organizationIDDescription, Validators: []validator.String{validOrgID}},
			"filter":          schema.StringAttribute{Optional: true, MarkdownDescription: filterDescription, Validators: []validator.String{validFilter}},
			"query":           schema.StringAttribute{Optional: true, MarkdownDescription: queryDescription, Validators: []validator.String{validText}},
			"sort": schema.ListAttribute{
				ElementType:         types.StringType,
				Optional:            true,
				MarkdownDescription: sortDescription,
				Validators: []validator.List{
					listvalidator.NoNullValues(),
					listvalidator.ValueStringsAre(validSortField),
				},
			},
		},
	}
}

// List implements list.ListResource. It calls the API operation
// GetOrganizationExportCollection for every page that Terraform needs.
func (l *organizationExportListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config organizationExportListResourceModel
	diags := req.Config.Get(ctx, &config)
	sort, more := sortFields(config.Sort)
	diags.Append(more...)
	organizationID := l.data.organizationFor(config.OrganizationID)
	diags.Append(l.data.ready(organizationID)...)
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)

		return
	}
	options := rebilly.ListOptions{
		Filter: config.Filter.ValueString(),
		Query:  config.Query.ValueString(),
		Sort:   sort,
		Limit:  int(min(req.Limit, math.MaxInt32)),
	}
	// A warning that not all are returned comes before the first export of the page that
	// says so, and an error last.
	stream.Results = func(push func(list.ListResult) bool) {
		ctx, cancel := l.data.withTimeout(ctx, defaultTimeout)
		defer cancel()
		warned := false
		for page, err := range l.data.client.OrganizationExportPages(ctx, organizationID.ValueString(), options) {
			if err != nil {
				push(list.ListResult{Diagnostics: diag.Diagnostics{l.data.listError(organizationID, err)}})

				return
			}
			if page.Truncated && !warned {
				warned = true
				if !push(list.ListResult{Diagnostics: diag.Diagnostics{truncatedWarning(page.Total)}}) {
					return
				}
			}
			for _, export := range page.Exports {
				if !push(l.newListResult(ctx, req, organizationID, export)) {
					return
				}
			}
		}
	}
}

func (l *organizationExportListResource) newListResult(ctx context.Context, req list.ListRequest, organizationID types.String,
	export *rebilly.OrganizationExport,
) list.ListResult {
	result := req.NewListResult(ctx)
	model := newOrganizationExportModel(organizationID, export)
	// Terraform prints it as it is, beside the identity.
	result.DisplayName = strings.TrimSpace(model.CreatedTime.ValueString() + " " + l.data.client.ShownStatus(export))
	result.Diagnostics.Append(setIdentity(ctx, result.Identity, model)...)
	if req.IncludeResource {
		result.Diagnostics.Append(result.Resource.Set(ctx, importedModel(model))...)
	}

	return result
}
