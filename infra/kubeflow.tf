# GPU nodes for Kubeflow, as the profile kubeflow.yaml asks for them: spot, and as many that stay.

resource "google_service_account" "nodes" {
  count        = var.cluster == "" ? 0 : 1
  account_id   = "brandlens-nodes"
  display_name = "brandlens: GPU nodes"
}

resource "google_project_iam_member" "nodes" {
  count   = var.cluster == "" ? 0 : 1
  project = var.project
  role    = "roles/container.defaultNodeServiceAccount" # logs and metrics
  member  = google_service_account.nodes[0].member
}

resource "google_artifact_registry_repository_iam_member" "nodes" {
  count      = var.cluster == "" ? 0 : 1
  repository = google_artifact_registry_repository.images.name
  location   = var.region
  role       = "roles/artifactregistry.reader"
  member     = google_service_account.nodes[0].member
}

resource "google_container_node_pool" "gpu" {
  for_each           = { for kind, spot in { spot = true, stays = false } : kind => spot if var.cluster != "" }
  name               = "brandlens-gpu-${each.key}"
  cluster            = var.cluster
  location           = var.region
  node_locations     = length(var.zones) > 0 ? var.zones : null
  initial_node_count = 0

  autoscaling {
    total_min_node_count = 0 # nobody pays for nodes that wait
    total_max_node_count = var.most_nodes
    location_policy      = each.value ? "ANY" : "BALANCED" # spot nodes where there are any
  }

  node_config {
    machine_type    = var.machine
    spot            = each.value # GKE labels such nodes cloud.google.com/gke-spot=true
    disk_type       = "pd-ssd"
    disk_size_gb    = 200 # training copies the shards of its bucket here
    service_account = google_service_account.nodes[0].email
    oauth_scopes    = ["https://www.googleapis.com/auth/cloud-platform"]

    # GKE labels such nodes cloud.google.com/gke-accelerator and taints them nvidia.com/gpu.
    guest_accelerator {
      type  = var.accelerator
      count = 1
      gpu_driver_installation_config {
        gpu_driver_version = "DEFAULT"
      }
    }

    dynamic "taint" {
      for_each = each.value ? ["true"] : []
      content {
        key    = "cloud.google.com/gke-spot"
        value  = taint.value
        effect = "NO_SCHEDULE"
      }
    }

    workload_metadata_config {
      mode = "GKE_METADATA" # pods get the account below and not that of the node
    }
  }

  lifecycle {
    ignore_changes = [initial_node_count]
  }
}

# Workload identity: the steps' Kubernetes account acts as the steps' Google account.
resource "google_service_account_iam_member" "workload_identity" {
  count              = var.cluster == "" ? 0 : 1
  service_account_id = google_service_account.steps.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:${var.project}.svc.id.goog[${var.kubernetes_account}]"
}
