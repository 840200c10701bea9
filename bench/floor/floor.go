// Command floor is the least that a Terraform provider with the data source
// rebilly_organization_export can be: it sends nothing, and returns the same
// completed export for every ID after sleeping for FLOOR_LATENCY. What a run
// with it takes is Terraform's own share. `make bench` measures it.
package main

import (
	"context"
	"log"
	"os"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/bench/floor/export"
)

func main() {
	latency, err := time.ParseDuration(os.Getenv("FLOOR_LATENCY"))
	if err != nil {
		log.Fatal(err)
	}
	// What nobody reads is not logged.
	if err := os.Setenv("TF_LOG_SDK", "OFF"); err != nil {
		log.Fatal(err)
	}
	server := func() tfprotov6.ProviderServer { return &floor{latency: latency} }
	if err := tf6server.Serve("registry.terraform.io/rebilly/rebilly", server); err != nil {
		log.Fatal(err)
	}
}

// floor implements what the protocol needs for data sources, and no more.
type floor struct {
	tfprotov6.ProviderServer

	latency time.Duration
}

// GetMetadata implements tfprotov6.ProviderServer.
func (f *floor) GetMetadata(context.Context, *tfprotov6.GetMetadataRequest) (*tfprotov6.GetMetadataResponse, error) {
	return &tfprotov6.GetMetadataResponse{DataSources: []tfprotov6.DataSourceMetadata{{TypeName: export.TypeName}}}, nil
}

// GetProviderSchema implements tfprotov6.ProviderServer.
func (f *floor) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return &tfprotov6.GetProviderSchemaResponse{
		ServerCapabilities: &tfprotov6.ServerCapabilities{GetProviderSchemaOptional: true},
		Provider: &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{
			{Name: "api_key", Type: tftypes.String, Optional: true, Sensitive: true},
			{Name: "base_url", Type: tftypes.String, Optional: true},
		}}},
		DataSourceSchemas: map[string]*tfprotov6.Schema{export.TypeName: export.Schema},
	}, nil
}

// GetResourceIdentitySchemas implements tfprotov6.ProviderServer.
func (f *floor) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
}

// ValidateProviderConfig implements tfprotov6.ProviderServer.
func (f *floor) ValidateProviderConfig(_ context.Context, req *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: req.Config}, nil
}

// ConfigureProvider implements tfprotov6.ProviderServer.
func (f *floor) ConfigureProvider(context.Context, *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return &tfprotov6.ConfigureProviderResponse{}, nil
}

// StopProvider implements tfprotov6.ProviderServer.
func (f *floor) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

// ValidateDataResourceConfig implements tfprotov6.DataSourceServer.
func (f *floor) ValidateDataResourceConfig(context.Context, *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return &tfprotov6.ValidateDataResourceConfigResponse{}, nil
}

// ReadDataSource implements tfprotov6.DataSourceServer.
func (f *floor) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	select {
	case <-ctx.Done():
	case <-time.After(f.latency):
	}
	state, err := export.WithIDOf(req.Config)
	if err != nil {
		return nil, err
	}

	return &tfprotov6.ReadDataSourceResponse{State: state}, nil
}
