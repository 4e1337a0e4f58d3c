using System.Globalization;

namespace Pipeline.Engine.Storage;

/// <summary>Which file systems lie on another machine, where locks and shared memory of a database do not hold.</summary>
/// <remarks>
/// Numbers from <c>linux/magic.h</c> and, for file systems outside the kernel, from coreutils' <c>fs.h</c>, whose division into
/// local and remote is kept. What is not in the table counts as local: a wrong refusal would stop a sound installation.
/// </remarks>
internal static class NetworkFileSystems
{
    /// <summary>The type of every file system that a program serves.</summary>
    public const uint UserSpace = 0x65735546;

    private static readonly Dictionary<uint, string> Kernel = new()
    {
        [0x00006969] = "NFS",
        [0xFF534D42] = "CIFS",
        [0xFE534D42] = "SMB2",
        [0x0000517B] = "SMB",
        [0x01021997] = "9p",
        [0x5346414F] = "AFS",
        [0x6B414653] = "AFS",
        [0x00C36400] = "Ceph",
        [0x73757245] = "Coda",
        [0x0000564C] = "NCP",
        [0x0BD00BD0] = "Lustre",
        [0x47504653] = "GPFS",
        [0x19830326] = "BeeGFS",
        [0x20030528] = "OrangeFS",
        [0xAAD7AAEA] = "PanFS",
        [0x013111A8] = "Ibrix",
        [0xBEEFDEAD] = "StorNext",
        [0x01161970] = "GFS2",
        [0x7461636F] = "OCFS2",
        [0x61636673] = "ACFS",
        [0xBACBACBC] = "VMware shared folder",
        [0x786F4256] = "VirtualBox shared folder",
        [0x7C7C6673] = "Parallels shared folder",
    };

    private static readonly HashSet<string> Programs = new(StringComparer.OrdinalIgnoreCase)
    {
        "sshfs", "s3fs", "s3fs-fuse", "mountpoint-s3", "mount-s3", "goofys", "gcsfuse", "blobfuse", "blobfuse2", "rclone", "glusterfs",
        "ceph-fuse", "ceph", "davfs", "davfs2", "curlftpfs", "smbnetfs", "fusesmb", "afpfs", "mfs", "moosefs", "lizardfs", "juicefs",
        "seaweedfs", "weed", "hdfs", "hadoop-fuse-dfs", "gvfsd-fuse", "google-drive-ocamlfuse", "onedriver", "dropbox", "nfs",
        "vmhgfs-fuse", "beegfs", "cvmfs2", "dfuse",
    };

    /// <summary>The name of a network file system by its type, or null for any other.</summary>
    public static string? NameOf(uint type) => Kernel.GetValueOrDefault(type);

    /// <summary>The name of a network file system that a program serves, by the table of mounts, or null.</summary>
    /// <param name="mounts">Lines of <c>/proc/self/mountinfo</c>: id, parent, major:minor, root, place, options, fields, -, type, source, options.</param>
    /// <param name="major">Major number of the path's device.</param>
    /// <param name="minor">Minor number of the path's device.</param>
    public static string? NameOfUserSpace(IEnumerable<string> mounts, uint major, uint minor)
    {
        string device = string.Create(CultureInfo.InvariantCulture, $"{major}:{minor}");
        foreach (string[] fields in mounts.Select(line => line.Split(' ')))
        {
            int dash = Array.IndexOf(fields, "-");
            if (fields.Length > 2 && fields[2] == device && dash > 0 && fields.Length > dash + 2)
            {
                // fuse.sshfs names its program; a plain fuse may name it before '#' in its source.
                string type = fields[dash + 1];
                string program = type.StartsWith("fuse.", StringComparison.Ordinal) ? type[5..] : fields[dash + 2].Split('#')[0];
                return Programs.Contains(program) ? program : null;
            }
        }

        return null;
    }
}
