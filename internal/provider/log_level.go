package provider

import (
	"cmp"
	"strings"
)

// The variables by which the plugin libraries choose what to log, for the
// libraries themselves and for this provider. Where they are not set, that is
// everything.
var libraryLevelVariables = []string{"TF_LOG_SDK", "TF_LOG_PROVIDER_REBILLY"}

// LimitLogs sets the variables by which the plugin libraries choose what to
// log, where they are not set, to the level that Terraform writes providers'
// logs from. It works by the given functions, which are os.Getenv and
// os.Setenv. The libraries would write every line of every level for Terraform
// to drop: with TF_LOG off, that is a quarter of the provider's work, and more
// in Terraform.
func LimitLogs(getenv func(string) string, setenv func(name, value string) error) error {
	level := strings.ToUpper(cmp.Or(getenv("TF_LOG_PROVIDER"), getenv("TF_LOG"), "OFF"))
	switch level {
	case "DEBUG", "INFO", "WARN", "ERROR", "OFF":
	default:
		// TRACE and JSON; Terraform takes what it does not know for TRACE too.
		level = "TRACE"
	}
	for _, name := range libraryLevelVariables {
		if getenv(name) != "" {
			continue
		}
		if err := setenv(name, level); err != nil {
			return err
		}
	}

	return nil
}
