import subprocess
subprocess.run(["bash", "/tmp/m/pt_slot1.sh"])
