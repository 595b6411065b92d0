variable "project" {
  type        = string
  description = "Google Cloud project."
}

variable "region" {
  type        = string
  default     = "europe-west4"
  description = "Of bucket, images, nodes and Vertex AI: in one region, or every byte is paid for as traffic."
}

variable "bucket" {
  type        = string
  description = "Name of the bucket to make. Raw images go below raw/, all that is written goes below brandlens/."
}

variable "cluster" {
  type        = string
  default     = ""
  description = "GKE cluster in the region that has Kubeflow Pipelines and workload identity; empty: Vertex AI only."
}

variable "kubernetes_account" {
  type        = string
  default     = "kubeflow/pipeline-runner"
  description = "Namespace and name of the Kubernetes service account under which the steps run."
}

variable "zones" {
  type        = list(string)
  default     = []
  description = "Zones that have the GPU; empty: those of the cluster."
}

variable "machine" {
  type        = string
  default     = "g2-standard-8"
  description = "Machine type of a GPU node: 8 cores and 32 GB for one L4."
}

variable "accelerator" {
  type        = string
  default     = "nvidia-l4"
  description = "GPU of a node, as GKE names it."
}

variable "most_nodes" {
  type        = number
  default     = 4
  description = "At most so many nodes of each GPU pool; parallel_searches of the profile need one each."
}
